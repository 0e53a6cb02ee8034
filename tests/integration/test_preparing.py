"""Environments that are prepared ahead of a run, and targets that are told by dicts."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from azureml.core import Dataset, RunConfiguration
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute.compute import ComputeTargetAttachConfiguration
from azureml.core.compute_target import AbstractComputeTarget, LocalTarget, prepare_compute_target
from azureml.core.environment import Environment, RCranPackage, RSection
from azureml.core.runconfig import Data
from azureml.exceptions import ComputeTargetException, UserErrorException
from tests.integration.submitting import Desk, wait_for_end
from tests.support.packages import make_wheel

pytestmark = pytest.mark.timeout(300)


def test_a_target_is_prepared_from_the_files_of_a_folder(desk: Desk) -> None:
    make_wheel(desk.folder / "shelf", "aa", "1.0")
    project = desk.project("import aa")
    python = "%d.%d" % sys.version_info[:2]
    (project / "conda.yml").write_text(f"dependencies:\n- python={python}\n- pip:\n  - -r pip.txt\n")
    (project / "pip.txt").write_text("--no-index\n--find-links %s\naa\n" % (desk.folder / "shelf"))
    config = RunConfiguration()
    config.environment.python.conda_dependencies_file = "conda.yml"
    run = prepare_compute_target(desk.experiment, str(project), config)
    assert run.experiment.name == "prepare_image" and wait_for_end(run, 120) == "Completed", run.get_details()
    environment = Environment("x")
    environment.python.user_managed_dependencies = True
    config.environment = environment
    with pytest.raises(UserErrorException, match="there is nothing to build"):
        prepare_compute_target(desk.experiment, str(project), config)


def test_targets_and_dicts(desk: Desk) -> None:
    asked = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    made = ComputeTarget.create(desk.workspace, "told", asked)
    found = ComputeTarget.deserialize(desk.workspace, made.serialize())
    assert type(found) is AmlCompute and found.name == "told"
    local = AbstractComputeTarget.deserialize_from_dict("local", LocalTarget().serialize())
    assert (local.name, local.type) == ("local", "local")
    with pytest.raises(ComputeTargetException, match=r"ComputeTarget\(workspace, 'told'\)"):
        AbstractComputeTarget.deserialize_from_dict("told", made.serialize())
    for wrong in ({}, {"name": 5}, "told"):
        with pytest.raises(ComputeTargetException, match="serialize"):
            ComputeTarget.deserialize(desk.workspace, wrong)


@pytest.mark.parametrize("given", [AmlCompute, None, {"address": "host"}])
def test_what_cannot_be_attached(desk: Desk, given: Any) -> None:
    with pytest.raises(ComputeTargetException, match="nothing of that kind can be attached"):
        ComputeTarget.attach(desk.workspace, "vm", given)
    with pytest.raises(ComputeTargetException, match="cannot be named"):
        ComputeTarget.attach(desk.workspace, "v m", given)


def test_who_attaches_is_asked(desk: Desk) -> None:
    class Mine(ComputeTargetAttachConfiguration):
        def validate_configuration(self) -> None:
            raise ComputeTargetException("no address")

    with pytest.raises(ComputeTargetException, match="no address"):
        ComputeTarget.attach(desk.workspace, "vm", Mine("vm"))


def test_r_is_kept_with_the_definition(desk: Desk) -> None:
    environment = Environment("with-r")
    environment.r = RSection()
    environment.r.r_version = "3.6"
    package = RCranPackage()
    package.name = "dplyr"
    environment.r.cran_packages = [package]
    environment.register(desk.workspace)
    found = Environment.get(desk.workspace, "with-r").r
    assert found is not None and found.cran_packages is not None
    assert (found.r_version, found.cran_packages[0].name) == ("3.6", "dplyr")


def test_a_section_for_a_dataset(desk: Desk) -> None:
    (desk.folder / "file").write_text("x")
    dataset = Dataset.File.from_files(str(desk.folder / "file")).register(desk.workspace, "of a section")
    config = desk.config("import os, sys; print(open(os.environ['given']).read())")
    config.run_config.data = {"given": Data.create(dataset.as_named_input("given").as_mount())}
    run = desk.experiment.submit(config)
    assert wait_for_end(run, 60) == "Completed", run.get_details()
    assert Data.create(dataset).environment_variable_name == "of_a_section"
    with pytest.raises(UserErrorException, match="give a registered dataset"):
        Data.create("file")
