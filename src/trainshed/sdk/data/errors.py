"""v1's errors about datasets, where ``azureml.data.dataset_error_handling`` finds them."""

from trainshed.contract.data_errors import DatasetExecutionError, DatasetValidationError

__all__ = ["DatasetExecutionError", "DatasetValidationError"]
