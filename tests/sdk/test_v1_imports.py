"""The imports that v1's notebooks and scripts make: each answers, or says where to read on."""

from __future__ import annotations

import importlib

import pytest

#: Module, names. What the sample notebooks import, most used first.
OFFERED = """
azureml.core                    Workspace Experiment Run ScriptRunConfig Environment RunConfiguration VERSION ScriptRun
azureml.core                    ContainerRegistry get_run diagnostic_log __version__
azureml.core                    Dataset Datastore Keyvault Model ComputeTarget
azureml.core.compute            AmlCompute ComputeTarget DatabricksCompute
azureml.core.compute_target     ComputeTargetException LocalTarget
azureml.core.dataset            Dataset
azureml.core.datastore          Datastore
azureml.core.keyvault           Keyvault
azureml.core.model              Model Dataset
azureml.core.resource_configuration  ResourceConfiguration
azureml.data                    FileDataset OutputFileDatasetConfig
azureml.data.data_reference     DataReference
azureml.data.datapath           DataPath DataPathComputeBinding
azureml.data.dataset_consumption_config  DatasetConsumptionConfig
azureml.data.dataset_factory    FileDatasetFactory
azureml.data.file_dataset       FileDataset
azureml.opendatasets            MNIST Diabetes
azureml.core.workspace          Workspace
azureml.core.experiment         Experiment ViewType
azureml.core.run                Run _OfflineRun get_run RUNNING_STATES POST_PROCESSING_STATES
azureml.core.script_run         ScriptRun
azureml.core.script_run_config  ScriptRunConfig
azureml.core.runconfig          RunConfiguration CondaDependencies DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE MpiConfiguration
azureml.core.runconfig          TensorflowConfiguration PyTorchConfiguration DockerConfiguration
azureml.core.conda_dependencies CondaDependencies
azureml.core.environment        Environment CondaDependencies
azureml.core.container_registry ContainerRegistry
azureml.core.authentication     InteractiveLoginAuthentication ServicePrincipalAuthentication AzureCliAuthentication
azureml.core.authentication     MsiAuthentication TokenAuthentication Audience AzureMLTokenAuthentication
azureml.core.authentication     AbstractAuthentication ArmTokenAuthentication
azureml.core.util               NewLoggingLevel
azureml.exceptions              AzureMLException UserErrorException ActivityFailedException ComputeTargetException
azureml.exceptions              ExperimentExecutionException RunEnvironmentException TrainingException ServiceException
azureml.exceptions              WebserviceException ModelNotFoundException SnapshotException WorkspaceException
azureml._common.exceptions      AzureMLException
azureml.widgets                 RunDetails
azureml.telemetry               set_diagnostics_collection
azureml.train.estimator         Estimator Mpi ParameterServer Gloo Nccl
azureml.train.automl            AutoMLConfig
azureml.train.automl.run        AutoMLRun
azureml.interpret               ExplanationClient
azureml.automl.core.featurization           FeaturizationConfig
azureml.automl.core.forecasting_parameters  ForecastingParameters
azureml.contrib.interpret.explanation.explanation_client  ExplanationClient
msrest.exceptions               HttpOperationError
"""

#: Not there yet: they come with what they belong to.
LATER = """
azureml.core.webservice         Webservice AciWebservice LocalWebservice
azureml.core.compute            RemoteCompute AksCompute ComputeInstance
azureml.train.hyperdrive        HyperDriveConfig RandomParameterSampling BanditPolicy PrimaryMetricGoal choice
azureml.tensorboard             Tensorboard
azureml.train.dnn               PyTorch TensorFlow Chainer
azureml.pipeline.core           Pipeline PipelineData
azureml.contrib.train.rl        ReinforcementLearningEstimator
azureml.widgets                 ParallelRunStepDetails
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(line.split()[0], name) for line in text.split("\n") if line for name in line.split()[1:]]


@pytest.mark.parametrize(("module", "name"), pairs(OFFERED))
def test_offered(module: str, name: str) -> None:
    importlib.import_module("azureml")
    assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.parametrize(("module", "name"), pairs(LATER))
def test_comes_later(module: str, name: str) -> None:
    with pytest.raises(ImportError, match=r"docs/compatibility\.md"):
        exec(f"from {module} import {name}", {})
