"""Conda package names and what stands for them on PyPI: data.

The rule for a name that is in none of the tables: ``lookup`` in ``naming.py``. Names are lower case; ``_``, ``.``
and ``-`` count as the same letter.
"""

from __future__ import annotations

from typing import Dict, Tuple

#: Another name on PyPI. One pair per line: conda's name, PyPI's (extras may be part of it).
RENAMED_TABLE = """
pytorch torch
pytorch-cpu torch
pytorch-gpu torch
torchvision-cpu torchvision
torchvision-gpu torchvision
pytorch_geometric torch-geometric
pyg torch-geometric
pytorch_scatter torch-scatter
pytorch_sparse torch-sparse
pytorch_cluster torch-cluster
pytorch_spline_conv torch-spline-conv
ignite pytorch-ignite
tensorflow-gpu tensorflow
tensorflow-base tensorflow
tensorflow-gpu-base tensorflow
tensorflow-mkl tensorflow
tensorflow-eigen tensorflow
keras-base keras
keras-gpu keras
keras-base-gpu keras
py-xgboost xgboost
py-xgboost-cpu xgboost
py-xgboost-gpu xgboost
py-mxnet mxnet
mxnet-mkl mxnet
mxnet-gpu mxnet
mxnet-gpu_mkl mxnet
py-catboost catboost
py-lief lief
opencv opencv-python-headless
opencv3 opencv-python-headless
py-opencv opencv-python-headless
pytables tables
numpy-base numpy
matplotlib-base matplotlib
seaborn-base seaborn
geopandas-base geopandas
dask dask[complete]
dask-core dask
ray-core ray
ray-default ray[default]
ray-tune ray[tune]
ray-rllib ray[rllib]
ray-serve ray[serve]
ray-air ray[air]
ray-data ray[data]
ray-train ray[train]
ray-all ray[all]
modin-core modin
modin-dask modin[dask]
modin-ray modin[ray]
modin-all modin[all]
msgpack-python msgpack
python-blosc blosc
python-lmdb lmdb
python-graphviz graphviz
python-kaleido kaleido
python-xxhash xxhash
python-flatbuffers flatbuffers
python-libarchive-c libarchive-c
python-igraph igraph
python-fastjsonschema fastjsonschema
python-duckdb duckdb
python-eccodes eccodes
python-annoy annoy
python-tzdata tzdata
python-kubernetes kubernetes
python-zstd zstd
python-symengine symengine
python-spams spams
python-confluent-kafka confluent-kafka
python-build build
python-installer installer
python-gssapi gssapi
python-isal isal
python-hdfs hdfs
python-pdfkit pdfkit
brotli-python brotli
psycopg2 psycopg2-binary
redis-py redis
docker-py docker
gurobi gurobipy
ortools-python ortools
faiss faiss-cpu
cupy cupy-cuda12x
pysoundfile soundfile
pysox sox
pyqt PyQt5
pyav av
iris scitools-iris
openbabel openbabel-wheel
h2o-py h2o
sklearn scikit-learn
pybox2d Box2D
box2d box2d-py
gym-box2d gym[box2d]
gym-atari gym[atari]
gym-classic_control gym[classic_control]
gym-mujoco gym[mujoco]
gymnasium-atari gymnasium[atari]
gymnasium-box2d gymnasium[box2d]
gymnasium-classic_control gymnasium[classic-control]
gymnasium-mujoco gymnasium[mujoco]
uvicorn-standard uvicorn[standard]
moto-all moto[all]
black-jupyter black[jupyter]
jsonschema-with-format jsonschema[format]
jsonschema-with-format-nongpl jsonschema[format-nongpl]
airflow apache-airflow
mlflow-ui mlflow
mlflow-ui-dbg mlflow
google-cloud-bigquery-core google-cloud-bigquery
google-api-core-grpc google-api-core[grpc]
googleapis-common-protos-grpc googleapis-common-protos[grpc]
sqlalchemy-base sqlalchemy
pyarrow-core pyarrow
pyarrow-all pyarrow
py-earth sklearn-contrib-py-earth
pymc-base pymc
xarray-core xarray
nvidia-ml-py3 nvidia-ml-py
nvidia-ml nvidia-ml-py
umap umap-learn
"""

#: The same name on PyPI, looked up and confirmed.
SAME_TABLE = """
absl-py adlfs aiobotocore aiohttp albumentations alembic allennlp altair ansible apache-beam apache-libcloud appdirs
argcomplete arrow arviz arviz-base asn1crypto astor astropy atari_py attrs audioread autograd autopep8 av ax-platform
azure-common azure-core azure-cosmos azure-identity azure-keyvault azure-storage azure-storage-blob
azure-storage-common azure-storage-file babel backcall backports_abc bcrypt beautifulsoup4 biopython black bleach
blinker bokeh boltons boto boto3 botocore botorch bottleneck brotli brotlipy bs4 cachetools captum cartopy
cassandra-driver catboost category_encoders celery certifi cffi cfgrib chainer chainerrl chardet charset-normalizer
click cloudpickle cmake cntk colorama colorlog comet_ml configparser contextlib2 contourpy coverage cryptography
cvxopt cvxpy cx_oracle cycler cymem cython cytoolz dash dask-glm dask-ml dask-xgboost databricks-cli datasets
datashader debugpy decorator deepdiff defusedxml deprecated descartes dill distributed dlib dm-tree docopt docutils
dtreeviz ecos editdistance efficientnet elasticsearch eli5 emoji entrypoints et_xmlfile evaluate execnet executing
fairlearn faiss-gpu fastai fastapi fastcore fastparquet fastprogress fasttext fbprophet featuretools filelock fiona
flair flake8 flask flask-cors folium fonttools frozenlist fsspec future gast gcsfs gensim geopandas geopy gitdb
gitpython gmpy2 google-auth google-auth-oauthlib google-cloud-bigquery google-cloud-core google-cloud-storage
google-pasta gplearn gpy gpyopt gpytorch gradio great-expectations greenlet grpcio grpcio-tools gunicorn gym gymnasium
h2o h5netcdf h5py hdbscan hnswlib holidays holoviews horovod html5lib httpx huggingface_hub hvplot hyperopt idna
imagecodecs imageio imageio-ffmpeg imbalanced-learn imgaug implicit importlib_metadata iniconfig intake-esm interpret
interpret-core invoke ipdb ipykernel ipympl ipython ipython_genutils ipywidgets isort itsdangerous jax jaxlib jdcal
jedi jieba jinja2 jmespath joblib json5 jsonpickle jsonschema jupyter jupyter_client jupyter_console
jupyter_contrib_nbextensions jupyter_core jupyter_dashboards jupyterlab jupyterlab_server jupytext kafka-python keras
keras-applications keras-preprocessing keras-rl keras-tuner keyring kiwisolver koalas langdetect lazy-object-proxy
libcst libpysal librosa libtmux libusb1 lifelines lightfm lightgbm lightning lime llvmlite locket luigi lxml lz4 mako
markdown markupsafe matplotlib matplotlib-inline mccabe mdanalysis mdtraj metaflow mistune mlflow mlflow-skinny
mlxtend mne mock monai monotonic more-itertools mpi4py mpmath msgpack multidict multiprocess murmurhash mxnet mypy
mypy_extensions mysql-connector-python natsort nbconvert nbformat neptune-client nest-asyncio netcdf4 networkx
nevergrad nibabel nilearn ninja nltk nmslib nose notebook notebook-shim nteract-scrapbook numba numexpr numpy
nvidia-ml-py oauthlib olefile onnx onnxmltools onnxruntime onnxruntime-gpu openmpi openpyxl opt_einsum optuna osqp
packaging pandas pandas-flavor pandas-gbq pandas-profiling pandera pandocfilters papermill parameterized paramiko
parso partd pathlib2 pathspec pathy patsy pdfminer.six peewee petastorm pexpect phik pickleshare pika pillow
pillow-simd platformdirs plotly plotly_express plotnine pluggy ply pmdarima polars pooch portalocker pprintpp preshed
progressbar2 prometheus_client prompt-toolkit prophet protobuf psutil ptyprocess pulp pure_eval py py-cpuinfo
py-rattler py4j pyaml pyarrow pyarrow-hotfix pyasn1 pyasn1-modules pyaudio pybind11 pybullet pycocotools pycodestyle
pycosat pycparser pycrypto pycryptodome pycryptodomex pycuda pydantic pydicom pydot pydot-ng pydotplus pydub pyemd
pyflakes pygments pygraphviz pyhive pyjwt pyldavis pylint pymc pymc3 pymongo pymssql pymysql pynacl pynndescent pynvml
pyod pyodbc pyomo pyopenssl pyparsing pypdf2 pyperclip pyproj pyproject_hooks pyqt5-sip pyqtwebengine pyreadr pyro-ppl
pyrsistent pysal pysam pyserial pyshp pyside2 pysocks pyspark pystan pytesseract pytest pytest-cov pytest-mock
pytest-runner pytest-xdist python-crfsuite python-dateutil python-docx python-dotenv python-gitlab python-jose
python-json-logger python-ldap python-levenshtein python-louvain python-lsp-server python-magic python-multipart
python-nvd3 python-pptx python-rapidjson python-slugify python-snappy python-stdnum python-utils pytorch-lightning
pytorch-metric-learning pytorch-tabnet pytorch3d pytz pywavelets pyyaml pyzmq qtconsole qtpy rasterio rdkit regex
requests requests-oauthlib resampy retrying rich rope rpy2 rsa rtree ruamel.yaml s3fs s3transfer sacred salib
scikit-image scikit-learn scikit-learn-intelex scikit-multilearn scikit-optimize scikit-surprise scikit-video scipy
scs seaborn segmentation-models-pytorch send2trash sentence-transformers sentencepiece sentry-sdk setuptools
setuptools_scm shap shapely simpleitk simplejson simpy sip six skl2onnx skorch sktime smart_open smmap sniffio
snowballstemmer snowflake-connector-python sortedcontainers soupsieve spacy spacy-legacy spacy-loggers spacy-pkuseg
spacy-transformers sparse spectral sphinx sqlalchemy sqlparse srsly stable-baselines3 stack_data stanza starlette
statsmodels streamlit sympy tabula-py tabulate tbb4py tblib tenacity tensorboard tensorboard-data-server
tensorboard-plugin-wit tensorboardx tensorflow tensorflow-addons tensorflow-cpu tensorflow-datasets
tensorflow-estimator tensorflow-hub tensorflow-metadata tensorflow-probability termcolor terminado testpath textblob
theano theano-pymc thinc threadpoolctl thriftpy2 tifffile timm tinycss2 tokenizers toml tomli toolz torch torchaudio
torchmetrics torchtext torchvision tornado tpot tqdm traitlets transformers treelite trimesh triton tsfresh tslearn
twisted typeguard typer typing-inspect typing_extensions ujson umap-learn unidecode urllib3 uvicorn uvloop vaex
virtualenv visdom wandb wasabi watchdog wcwidth webencodings websocket-client websockets werkzeug wheel whoosh
widgetsnbextension wordcloud wrapt xarray xgboost xlrd xlsxwriter xlwt yacs yapf yarl ydata-profiling yellowbrick zeep
zict zipp zstandard
"""

#: Nothing on PyPI is needed for them. One group per line: the reason, a colon, the names.
NOTHING_TABLE = """
wheels from PyPI bring CUDA along, or use the driver's: cudatoolkit cudatoolkit-dev cudatoolkit-dev-static \
cuda-toolkit cuda cuda-runtime cuda-libraries cuda-nvcc cuda-version cuda-cudart cuda-nvrtc cuda-nvtx cuda-cupti \
cudnn nccl cupti cutensor libcublas libcufft libcurand libcusolver libcusparse libcudnn libnvjpeg libnpp libcufile \
libnvjitlink pytorch-cuda pytorch-mutex cpuonly torchtriton tensorrt-libs _tflow_select _pytorch_select
wheels from PyPI bring their mathematics library along: mkl mkl-devel mkl-include mkl-service mkl_fft mkl_random \
mkl-dnn blas blas-devel openblas openblas-devel nomkl libblas libcblas liblapack liblapacke libopenblas libmklml \
intel-openmp llvm-openmp icc_rt tbb tbb-devel dal daal intel-opencl-rt onednn dpcpp_cpp_rt libgomp libflang
a C library, which wheels from PyPI bring along: openssl zlib xz bzip2 sqlite readline ncurses tk tzdata libffi icu \
jpeg jpeg-turbo libjpeg-turbo libpng libtiff libwebp libwebp-base libgcc-ng libgcc libstdcxx-ng libstdcxx \
libgfortran libgfortran-ng libgfortran4 libgfortran5 libquadmath ld_impl_linux-64 libuuid libxml2 libxslt libcurl \
libssh2 libnghttp2 libev libedit krb5 c-ares expat freetype fontconfig glib gettext gstreamer gst-plugins-base \
gst-plugins-good qt qt-main qt-webengine dbus pcre pcre2 harfbuzz cairo pango pixman giflib lerc openjpeg aom dav1d \
svt-av1 x264 x265 lame openh264 nettle gnutls hdf4 hdf5 libnetcdf libaec geos proj proj4 libspatialindex \
libspatialite libgdal geotiff libkml poppler-data freexl xerces-c json-c postgresql-libs libpq mysql-libs unixodbc \
freetds snappy lz4-c zstd blosc c-blosc2 charls zfp brunsli libzopfli jxrlib imath openexr openpmd-api arrow-cpp \
arrow-cpp-proc parquet-cpp thrift-cpp boost boost-cpp libboost double-conversion gflags glog re2 rapidjson uriparser \
utf8proc orc abseil-cpp grpc-cpp libgrpc libprotobuf libprotobuf-static libopencv libsodium zeromq libzmq yaml \
libyaml lmdb leveldb lzo eigen gmp mpfr mpc isl libsentencepiece libxgboost py-xgboost-mutex _py-xgboost-mutex \
liblightgbm libmxnet libfaiss libgpuarray libsndfile libvorbis libogg libflac libopus libvpx mpg123 portaudio-libs \
librdkafka libuv libxcb xorg-libx11 jasper graphite2 fribidi gts libtool nspr nss alsa-lib libllvm9 libllvm10 \
libllvm11 libllvm12 libllvm14 libllvm15 libclang-cpp libcroco librsvg libgd libwebp-devel attr pthread-stubs pugixml \
qhull metis suitesparse mumps mumps-seq ampl-mp mkl-cmake libev-libevent libevent s2n aws-c-common aws-c-io aws-c-s3 \
aws-sdk-cpp aws-checksums bwidget tktable ca-certificates certifi-win32 libmagic ffmpeg-libs gdbm libnsl libxcrypt \
keyutils
conda's own bookkeeping: _libgcc_mutex _openmp_mutex python_abi mpi vc vs2015_runtime vs2013_runtime ucrt \
msvc_runtime __cuda __glibc __unix __linux __archspec font-ttf-dejavu-sans-mono fonts-conda-forge \
fonts-conda-ecosystem conda conda-env conda-package-handling conda-content-trust conda-build menuinst \
anaconda-client anaconda-navigator anaconda-project nb_conda nb_conda_kernels _ipyw_jlab_nb_ext_conf \
_anaconda_depends conda-verify libarchive libsolv libmamba libmambapy mamba
part of Python itself by now: enum34 futures functools32 dataclasses typing argparse asyncio contextvars ordereddict \
unittest2 trollius backports backports.ssl_match_hostname backports.functools_lru_cache importlib singledispatch \
python pip
a program of the machine, which is used if it is there: git git-lfs curl wget ffmpeg make tar unzip zip patch rsync \
openssh bash coreutils sed grep findutils which tree htop tmux screen vim nano less jq p7zip procps-ng
"""

#: Nothing on PyPI stands for them: refused. One group per line: what to do, a colon, the names.
WITHOUT_TABLE = """
R is not part of a Python environment; give an interpreter or, later, an image that has it: r r-base r-essentials \
r-irkernel r-recommended mro-base rstudio r-reticulate
compilers are the machine's own (apt install build-essential); leave it out: gcc gxx gfortran clang clangxx \
compilers c-compiler cxx-compiler fortran-compiler gcc_linux-64 gxx_linux-64 gfortran_linux-64 gcc_impl_linux-64 \
gxx_impl_linux-64 gfortran_impl_linux-64 binutils binutils_linux-64 binutils_impl_linux-64 sysroot_linux-64 llvm \
llvmdev clangdev cudatoolkit-compiler nvcc_linux-64 go rust ghc
a program; install it on the machine (apt install) and leave it out: graphviz tesseract poppler imagemagick \
ghostscript pandoc texlive-core texlive-selected octave maven gradle openjdk java-jdk nodejs yarn ruby perl julia \
terraform google-cloud-sdk postgresql mysql mongodb redis redis-server kafka nginx docker-compose sox \
chromedriver-binary firefox geckodriver gnuplot doxygen subversion mercurial svn plotly-orca singularity cmdstan \
kubernetes kubernetes-client kubernetes-server
give an interpreter that has it; PyPI has no build of it: graph-tool pygpu caffe caffe-gpu caffe2 py-boost \
pythonocc-core fenics dolfin petsc petsc4py slepc slepc4py mayavi-base gdal esmpy pymol pymol-open-source root \
root_base openfoam scip ipopt coincbc glpk coin-or-cbc vowpalwabbit-cpp graph-tool-base
NVIDIA publishes it on an index of its own; put cudf-cu12 and the like into pip_packages with --extra-index-url \
https://pypi.nvidia.com: rapids cudf cuml cugraph cuspatial cuxfilter dask-cudf dask-cuda rmm libcudf libcuml
bioconda's programs are not on PyPI; install them on the machine and leave them out: samtools bcftools bedtools \
blast bwa bowtie bowtie2 star salmon kallisto hisat2 fastqc minimap2 picard gatk gatk4 trimmomatic sra-tools seqtk \
hmmer muscle mafft
the script can fetch it itself, by nltk.download(...): nltk_data
name the packages that the script imports: anaconda _anaconda_core intelpython3_core intelpython3_full \
intelpython2_core
"""

#: Beginnings of names, most telling first: (beginning, what to do) and (beginning, reason).
WITHOUT_BEGINNINGS: Tuple[Tuple[str, str], ...] = (
    ("r-", "R is not part of a Python environment; give an interpreter or, later, an image that has it"),
    ("bioconductor-", "R is not part of a Python environment; give an interpreter or, later, an image that has it"),
    ("perl-", "Perl is not part of a Python environment; install it on the machine"),
    ("ruby-", "Ruby is not part of a Python environment; install it on the machine"),
    ("lua-", "Lua is not part of a Python environment; install it on the machine"),
    ("spacy-model-", "put the model's URL, as spaCy's documentation gives it, into pip_packages"),
    ("gcc-", "compilers are the machine's own; leave it out"),
)
NOTHING_BEGINNINGS: Tuple[Tuple[str, str], ...] = (
    ("_", "conda's own bookkeeping"),
    ("xorg-", "a library of the window system, which wheels from PyPI bring along"),
    ("aws-c-", "a C library, which wheels from PyPI bring along"),
    ("font-ttf-", "a font"),
    ("magma-cuda", "wheels from PyPI bring CUDA along, or use the driver's"),
    ("cuda-", "wheels from PyPI bring CUDA along, or use the driver's"),
    ("libnv", "wheels from PyPI bring CUDA along, or use the driver's"),
    ("libcu", "wheels from PyPI bring CUDA along, or use the driver's"),
    ("lib", "taken for a C library, which wheels from PyPI bring along"),
)

#: Names that pip_packages may hold and that can't be installed any more: the name that does today.
GONE_FROM_PYPI: Dict[str, str] = {
    "sklearn": "scikit-learn",
    "tensorflow-gpu": "tensorflow",
}
