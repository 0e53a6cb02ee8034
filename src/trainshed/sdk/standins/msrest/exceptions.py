"""What scripts catch around a datastore that may be missing.

Follows: msrest.exceptions.HttpOperationError.
"""

from trainshed.contract.exceptions import HttpOperationError

__all__ = ["HttpOperationError"]
