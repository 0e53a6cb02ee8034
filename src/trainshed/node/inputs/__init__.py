"""A run's data on its node: inputs become paths that the script can read, what it writes for others is copied there.

`bringing` puts the inputs in place, with one module for each way (`mounting`, `copying`); `delivery` brings the outputs
away. None of it knows the agent: what it needs of it comes as `hands`.
"""
