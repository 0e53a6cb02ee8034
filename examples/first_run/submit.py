"""Submit the training script beside this file, follow it, and fetch what it made. Only v1 names are used."""

from pathlib import Path

from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration

HERE = Path(__file__).resolve().parent

workspace = Workspace.from_config()

config = RunConfiguration()
config.target = "local"
config.environment.python.user_managed_dependencies = True  # the interpreter that runs this file

source = ScriptRunConfig(str(HERE), script="train.py", arguments=["--steps", 30], run_config=config)
run = Experiment(workspace, "first-run").submit(source)
run.wait_for_completion(show_output=True)

metrics = run.get_metrics()
print("\nMetrics")
print(f"  loss      {metrics['loss'][0]:.4f} -> {metrics['loss'][-1]:.4f} in {len(metrics['loss'])} steps")
print(f"  accuracy  {metrics['accuracy'][0]:.4f} -> {metrics['accuracy'][-1]:.4f}")
print("Files")
for name in run.get_file_names():
    print(f"  {name}")
model = HERE / "model.pkl"
run.download_file("outputs/model.pkl", str(model))
print(f"The model was downloaded to {model}")
print(f"The run's page: {run.get_portal_url()}")
