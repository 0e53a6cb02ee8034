"""Names of the environment variables that we read or set. v1's are those that training scripts read."""

from __future__ import annotations

# --- v1's, set for every training process
RUN_ID = "AZUREML_RUN_ID"
SUBSCRIPTION = "AZUREML_ARM_SUBSCRIPTION"
RESOURCE_GROUP = "AZUREML_ARM_RESOURCEGROUP"
WORKSPACE_NAME = "AZUREML_ARM_WORKSPACE_NAME"
PROJECT_NAME = "AZUREML_ARM_PROJECT_NAME"
SERVICE_ENDPOINT = "AZUREML_SERVICE_ENDPOINT"
RUN_TOKEN = "AZUREML_RUN_TOKEN"  # the variable's name, not a token
RUN_TOKEN_EXPIRY = "AZUREML_RUN_TOKEN_EXPIRY"
OUTPUT_DIRECTORY = "AZUREML_OUTPUT_DIRECTORY"
FRAMEWORK = "AZUREML_FRAMEWORK"
COMMUNICATOR = "AZUREML_COMMUNICATOR"
TARGET_TYPE = "AZUREML_TARGET_TYPE"
DATA_REFERENCE = "AZUREML_DATAREFERENCE_"  # and the name of the input or output: its path
DATASETS = "AZUREML_DATASET_ENVIRONMENT_VARS"  # name:mode,... of the inputs that are datasets

# --- ours, set for every training process
WORKSPACE_ID = "TRAINSHED_WORKSPACE_ID"
RUNTIME = "TRAINSHED_RUNTIME"  # the folder that goes on sys.path: azureml + trainshed.{contract,client,sdk,node}
SPOOL = "TRAINSHED_SPOOL"  # the folder where metrics are written
ATTEMPT = "TRAINSHED_ATTEMPT"  # the mark by which left-over processes of an attempt are found
RANK = "TRAINSHED_RANK"
TOLD = "TRAINSHED_TOLD"  # set by the first process of a script that said who answers `import azureml`

# --- ours, read
HOME = "TRAINSHED_HOME"  # the embedded server's folder; default ~/.trainshed
SERVER = "TRAINSHED_SERVER"  # a team server's URL
TOKEN = "TRAINSHED_TOKEN"  # a team server's token  (the variable's name)
V1 = "TRAINSHED_V1"  # 'off': let a real azureml-core answer `import azureml`
AS_OF = "TRAINSHED_AS_OF"  # resolve environments as of this day, such as 2020-08-27
TEST_MARK = "TRAINSHED_TEST_MARK"  # handed on to every process we start, so that tests find what was left behind

#: Variables of the submitting machine that a training process inherits when set. Everything else is left out.
INHERITED = (
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "TERM",
    "SHELL",
    "XDG_CACHE_HOME",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "CUDA_HOME",
    "CUDA_PATH",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "LD_LIBRARY_PATH",
    "NVIDIA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    TEST_MARK,
)

#: Families of such variables.
INHERITED_PREFIXES = ("NCCL_", "GLOO_", "UCX_", "NVIDIA_")

#: What building an environment takes over besides: where packages come from. Never handed to a training process:
#: addresses may hold passwords.
BUILDING = (
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "PYENV_ROOT",
    "NETRC",
    "SSL_CLIENT_CERT",
    "PATH",
)
BUILDING_PREFIXES = ("PIP_", "UV_")
