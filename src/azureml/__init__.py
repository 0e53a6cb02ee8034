"""The import paths of Azure ML SDK v1, answered by trainshed.sdk: names only, no class and no logic."""

from trainshed.sdk import absent, standins

# Scripts also import msrest, which azureml-core depended on.
standins.offer()
absent.explain()
