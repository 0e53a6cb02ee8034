"""The main path: a folder, a script, a run."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration
from tests.integration.submitting import Desk, content, driver_log, user_managed, wait_for_end, write

pytestmark = pytest.mark.timeout(120)

TRAIN = """
    import argparse, os, pickle
    from azureml.core import Run
    parser = argparse.ArgumentParser()
    parser.add_argument('--alpha', type=float)
    alpha = parser.parse_args().alpha
    run = Run.get_context()
    run.log('loss', 0.3)
    run.log('alpha', alpha)
    os.makedirs('outputs', exist_ok=True)
    with open('outputs/model.pkl', 'wb') as file:
        pickle.dump({'alpha': alpha}, file)
    print('trained with', alpha)
"""


def test_the_first_lines_a_user_types(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "proj" / "train.py", TRAIN)
    ws = Workspace.from_config()
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    run = Experiment(ws, "first").submit(
        ScriptRunConfig("./proj", script="train.py", arguments=["--alpha", 0.5], run_config=config)
    )
    run.wait_for_completion(show_output=True)
    assert run.get_metrics() == {"loss": 0.3, "alpha": 0.5}
    assert "outputs/model.pkl" in run.get_file_names()
    run.download_file("outputs/model.pkl")
    assert Path("model.pkl").is_file()
    run.cancel()
    assert run.get_status() == "Completed"
    printed = capfd.readouterr()
    assert f"RunId: {run.id}" in printed.out
    assert "Web View: http" in printed.out
    assert "trained with 0.5" in printed.out
    assert "Execution Summary" in printed.out
    assert "\r" not in printed.out and "\x1b" not in printed.out


def test_show_output_is_also_passed_positionally(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    run = desk.submit("print('hello out there')")
    answer = run.wait_for_completion(True)
    assert capfd.readouterr().out.count("hello out there") == 1
    assert answer["status"] == "Completed"


def test_a_plain_wait_is_silent_and_returns_the_details(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    run = desk.submit("print('nobody hears this')")
    capfd.readouterr()
    answer = run.wait_for_completion()
    assert capfd.readouterr().out == ""
    assert answer["runId"] == run.id and answer["status"] == "Completed"


def test_what_get_details_holds(desk: Desk) -> None:
    run = desk.completed("pass", ["--epochs", 3, "--rate", 0.5])
    found = run.get_details()
    assert found["runId"] == run.id
    assert found["target"] == "local"
    assert found["status"] == "Completed"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", found["startTimeUtc"])
    assert found["startTimeUtc"] <= found["endTimeUtc"]
    definition = found["runDefinition"]
    assert definition["script"] == "train.py"
    assert definition["arguments"] == ["--epochs", "3", "--rate", "0.5"]
    assert definition["environment"]["python"]["userManagedDependencies"] is True
    assert "azureml-logs/70_driver_log.txt" in found["logFiles"]
    assert found["properties"]["ContentSnapshotId"]
    assert "warnings" in found and "inputDatasets" in found


def test_details_with_logs_hold_their_text(desk: Desk) -> None:
    run = desk.completed("print('in the log')")
    found = run.get_details_with_logs()
    assert "in the log" in found["logFiles"]["azureml-logs/70_driver_log.txt"]


def test_names_and_words_of_a_run(desk: Desk) -> None:
    run = desk.completed("pass")
    assert re.fullmatch(re.escape(desk.experiment.name) + r"_\d+_[0-9a-f]{8}", run.id)
    assert run.type == "azureml.scriptrun"
    assert run.number == 1
    words = f"Run(Experiment: {desk.experiment.name}, Id: {run.id}, Type: azureml.scriptrun, Status: Completed)"
    assert repr(run) == words
    assert run.get_portal_url().startswith("http")


def test_what_a_script_finds_around_it(desk: Desk) -> None:
    run = desk.completed(
        """
        import json, os, sys
        json.dump({'cwd': os.getcwd(), 'path': sys.path, 'argv': sys.argv, 'environ': dict(os.environ),
                   'files': sorted(os.listdir('.')), 'executable': sys.executable,
                   'unbuffered': sys.stdout.write_through or sys.flags.unbuffered}, open('outputs/seen.json', 'w'))
        """,
        ["--x", 1],
        lib__tool_py="VALUE = 1",
    )
    seen = json.loads(content(run, "outputs/seen.json", desk.folder))
    environ = seen["environ"]
    assert seen["path"][0] == seen["cwd"]
    assert Path(seen["cwd"]).name == "code"
    assert seen["argv"] == ["train.py", "--x", "1"]
    assert {"train.py", "lib", "outputs", "logs"} <= set(seen["files"])
    assert os.path.realpath(seen["executable"]) == os.path.realpath(sys.executable)
    assert environ["AZUREML_RUN_ID"] == run.id
    assert environ["AZUREML_ARM_WORKSPACE_NAME"] == desk.workspace.name
    assert environ["AZUREML_ARM_SUBSCRIPTION"] == desk.workspace.subscription_id
    assert environ["AZUREML_ARM_RESOURCEGROUP"] == desk.workspace.resource_group
    assert environ["AZUREML_ARM_PROJECT_NAME"] == desk.experiment.name
    assert environ["AZUREML_SERVICE_ENDPOINT"] and environ["AZUREML_RUN_TOKEN"]
    assert environ["PYTHONUNBUFFERED"] == "1"


def test_a_script_in_a_sub_folder_imports_what_lies_at_the_top(desk: Desk) -> None:
    code = "import beside, helper, azureml; print(helper.WHERE, beside.WHERE)"
    config = desk.config("", helper_py="WHERE = 'top'", steps__beside_py="WHERE = 'beside'", steps__main_py=code)
    config.script = "steps/main.py"
    run = desk.experiment.submit(config)
    run.wait_for_completion()
    assert "top beside" in driver_log(run)


def test_variables_of_the_submitting_shell_stay_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_MY_SHELL", "1")
    config = desk.config("import os; print('shell', 'SECRET_OF_MY_SHELL' in os.environ, os.environ['MINE'])")
    config.run_config.environment.environment_variables = {"MINE": "yes"}
    run = desk.experiment.submit(config)
    run.wait_for_completion()
    assert "shell False yes" in driver_log(run)


def test_later_changes_touch_no_earlier_run(desk: Desk) -> None:
    config = desk.config(
        "import sys; print('given', sys.argv[1:]); print(open('data.txt').read())", ["a"], data_txt="old"
    )
    first = desk.experiment.submit(config)
    config.arguments = ["b"]
    Path(config.source_directory, "data.txt").write_text("new")
    second = desk.experiment.submit(config)
    for run in (first, second):
        run.wait_for_completion()
    assert "given ['a']\nold" in driver_log(first)
    assert "given ['b']\nnew" in driver_log(second)


def test_a_script_in_a_folder_below(desk: Desk) -> None:
    folder = desk.project("")
    write(folder / "jobs" / "main.py", "import os, sys; print('at', os.path.basename(os.getcwd()), sys.argv[0])")
    config = ScriptRunConfig(str(folder), script="jobs/main.py", run_config=user_managed())
    run = desk.experiment.submit(config)
    run.wait_for_completion()
    assert "at code jobs/main.py" in driver_log(run)


def test_names_with_spaces_quotes_and_letters_from_afar(desk: Desk) -> None:
    folder = desk.folder / 'Müller\'s "proj" $HOME'
    write(folder / "train it.py", "import sys; print(sys.argv[1:]); open('outputs/naïve file.txt', 'w').write('x')")
    arguments = ["a b", "'", '"', "$NOT_SET_ANYWHERE", "*", "ü"]
    run = desk.experiment.submit(
        ScriptRunConfig(str(folder), script="train it.py", arguments=arguments, run_config=user_managed())
    )
    run.wait_for_completion()
    assert repr(arguments) in driver_log(run)
    assert content(run, "outputs/naïve file.txt", desk.folder) == b"x"


def test_an_unchanged_folder_is_the_same_snapshot(desk: Desk) -> None:
    config = desk.config("pass", data_txt="x" * 1000)
    runs = [desk.experiment.submit(config) for _ in range(2)]
    for run in runs:
        run.wait_for_completion()
    assert runs[0].get_snapshot_id() == runs[1].get_snapshot_id()


def test_amlignore_wins_over_gitignore(desk: Desk) -> None:
    run = desk.completed(
        "import os; print('files', sorted(name for name in os.listdir('.') if name.endswith('.dat')))",
        **{"_gitignore": "b.dat\n", "_amlignore": "a.dat\n", "a_dat": "1", "b_dat": "2"},
    )
    assert "files ['b.dat']" in driver_log(run)


def test_runs_are_found_newest_first(desk: Desk) -> None:
    runs = [desk.submit("pass") for _ in range(3)]
    found = desk.experiment.get_runs()
    assert next(iter(found)).id == runs[-1].id
    assert [run.id for run in desk.experiment.get_runs()] == [run.id for run in reversed(runs)]
    assert [run.id for run in Run.list(desk.experiment)] == [run.id for run in reversed(runs)]
    for run in runs:
        wait_for_end(run)
    again = Run(desk.experiment, runs[0].id)
    assert again.get_status() == "Completed"


def test_twenty_at_once(desk: Desk) -> None:
    config = desk.config("import sys; from azureml.core import Run; Run.get_context().log('i', int(sys.argv[1]))", [0])
    runs = []
    for number in range(20):
        config.arguments = [number]
        runs.append(desk.experiment.submit(config))
    for number, run in enumerate(runs):
        run.wait_for_completion()
        assert run.get_metrics() == {"i": number}


def test_the_command_sees_what_the_sdk_did(desk: Desk) -> None:
    import subprocess

    run = desk.completed("print('for the command')")

    def asked(*words: str) -> str:
        command = [sys.executable, "-m", "trainshed.cli.main", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert run.id in asked("runs", "--json")
    assert json.loads(asked("show", run.id, "--json"))
    assert "for the command" in asked("logs", run.id)
