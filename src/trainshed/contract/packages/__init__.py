"""What a request for packages means: conda's names and match specs as requirements for pip, ``azureml-*`` answered by
us.

Pure: no file, no network, standard library only. :func:`~trainshed.contract.packages.translating.translate` is the
way in; ``conda_names``, ``sdk_packages`` and ``curated`` are data.
"""
