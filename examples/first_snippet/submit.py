"""The first snippet of v1's article on estimators, on this computer and on a cluster. Only v1 names are used.

Run write_digits.py first; start this in its own folder.
"""

from azureml.core import Dataset, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.train.estimator import Estimator

# As v1's MNIST tutorial makes them: the workspace, the data, the cluster.

ws = Workspace.from_config()
experiment = Experiment(workspace=ws, name="first-snippet")

datastore = ws.get_default_datastore()
datastore.upload(src_dir="./data", target_path="mnist", overwrite=True, show_progress=False)
ds = Dataset.File.from_files(path=(datastore, "mnist"))
ds = ds.register(workspace=ws, name="mnist-digits", description="handwritten digits", create_new_version=True)

try:
    cluster = ComputeTarget(workspace=ws, name="cpu-cluster")
except ComputeTargetException:
    configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=2)
    cluster = ComputeTarget.create(ws, "cpu-cluster", configuration)
    cluster.wait_for_completion(show_output=False)

for compute_target in ("local", cluster):
    # The snippet.
    script_params = {"--data-folder": ds.as_named_input("mnist").as_mount(), "--regularization": 0.8, "--verbose": ""}
    sk_est = Estimator(
        source_directory="./my-sklearn-proj",
        script_params=script_params,
        compute_target=compute_target,
        entry_script="train.py",
        conda_packages=["scikit-learn"],
    )
    run = experiment.submit(sk_est)
    print(run.get_portal_url())
    run.wait_for_completion(show_output=True)
    run.download_file(name="outputs/my_output_file", output_file_path="my_destination_path")
    model = run.register_model(model_name="sklearn-sample", model_path=None)  # the run's file of that name

    metrics = run.get_metrics()
    print(f"\nRun {run.id} on {run.get_details()['target']}: {run.get_status()}")
    print(f"  training images  {metrics['training images']}")
    print(f"  accuracy         {metrics['accuracy']:.4f}")
    print(f"  files            {', '.join(sorted(run.get_file_names()))}")
    print("  downloaded       my_destination_path")
    print(f"  model            {model.name}, version {model.version}")
    print(f"  page             {run.get_portal_url()}\n")
