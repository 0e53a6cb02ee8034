"""Names of v1 that are imported beside training code and mean services of Azure: they can be imported, not used."""

from __future__ import annotations

from typing import Any, ClassVar

from trainshed.contract.errors import OnlyInAzure

_TRAIN = "Train with an Estimator or a ScriptRunConfig."


class _Unusable(type):
    """Raises when the class is called, or when anything of it is asked for."""

    _instead: str

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise OnlyInAzure(what=cls.__name__, instead=cls._instead)

    def __getattr__(cls, name: str) -> Any:
        # Python and tools look for names of their own; scripts never do.
        if name.startswith("_"):
            raise AttributeError(name)
        raise OnlyInAzure(what="%s.%s" % (cls.__name__, name), instead=cls._instead)


class AutoMLConfig(metaclass=_Unusable):
    """Follows: azureml.train.automl.AutoMLConfig. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = "Train models of your choice with a ScriptRunConfig, each in a run or a child run."


class AutoMLRun(metaclass=_Unusable):
    """Follows: azureml.train.automl.run.AutoMLRun. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = _TRAIN


class FeaturizationConfig(metaclass=_Unusable):
    """Follows: azureml.automl.core.featurization.FeaturizationConfig. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = _TRAIN


class ForecastingParameters(metaclass=_Unusable):
    """Follows: azureml.automl.core.forecasting_parameters.ForecastingParameters. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = _TRAIN


class ExplanationClient(metaclass=_Unusable):
    """Follows: azureml.interpret.ExplanationClient. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = "Explain the model in your script and keep the explanation with run.upload_file."


class DatabricksCompute(metaclass=_Unusable):
    """Follows: azureml.core.compute.databricks.DatabricksCompute. OnlyInAzure when it is used."""

    _instead: ClassVar[str] = "Use compute_target='local', or an AmlCompute."
