"""Settings and search order of packs and templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from impact.errors import SettingsError
from impact.resources import bundled_folder, find, find_all
from impact.settings import DEFAULT_APPROVAL_THRESHOLD, Settings, load_settings


def pack_in(folder: Path, name: str, text: str = "id: x\n") -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "pack.yaml").write_text(text)
    return folder


def test_defaults_stand_where_no_file_is(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()  # the search for impact.toml ends at a repository

    settings = load_settings(tmp_path, environment={})

    assert settings == Settings()
    assert settings.approval_threshold == DEFAULT_APPROVAL_THRESHOLD


def test_folders_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    pack_in(tmp_path / "packs", "leeds")
    (tmp_path / "impact.toml").write_text('packs = ["packs"]\n[profile]\napproval_threshold = 250000\n')
    (tmp_path / "deep" / "down").mkdir(parents=True)

    settings = load_settings(tmp_path / "deep" / "down", environment={})

    assert settings.packs == ((tmp_path / "packs").resolve(),)
    assert settings.approval_threshold == 250_000.0
    assert settings.approval_threshold_source == "impact.toml"


def test_every_fault_of_the_settings_is_told(tmp_path: Path) -> None:
    (tmp_path / "impact.toml").write_text('colour = "red"\npacks = "here"\n[profile]\napproval_threshold = "much"\n')

    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={})

    assert [fault.code for fault in caught.value.faults] == ["G002", "G002", "G002"]


def test_missing_folder_in_the_environment_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={"IMPACT_PACKS": str(tmp_path / "none")})

    assert caught.value.faults[0].where == "IMPACT_PACKS"


def test_nearer_layer_wins_and_both_are_listed(tmp_path: Path) -> None:
    name = "uk-policing"
    folder = pack_in(tmp_path, name)
    settings = Settings(packs=(folder,))

    assert find("questionnaires", name, settings).layer == "settings"
    assert [found.layer for found in find_all("questionnaires", settings) if found.name == name] == [
        "settings",
        "bundled",
    ]


def test_unknown_name_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        find("questionnaires", "uk-polcing", Settings())

    assert "Did you mean “uk-policing”?" in str(caught.value)


def test_link_in_a_pack_is_refused(tmp_path: Path) -> None:
    folder = pack_in(tmp_path, "leeds")
    (folder / "leeds" / "law.yaml").symlink_to("/etc/hostname")

    with pytest.raises(SettingsError) as caught:
        find("questionnaires", "leeds", Settings(packs=(folder,)))

    assert caught.value.faults[0].code == "G012"


def test_digest_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    folder = pack_in(tmp_path, "leeds")
    settings = Settings(packs=(folder,))
    before = find("questionnaires", "leeds", settings).digest

    (folder / "leeds" / "pack.yaml").touch()
    same = find("questionnaires", "leeds", settings).digest
    (folder / "leeds" / "pack.yaml").write_text("id: y\n")
    after = find("questionnaires", "leeds", settings).digest

    assert before == same != after


def test_bundled_folders_are_found_in_a_checkout() -> None:
    assert (bundled_folder("questionnaires") / "uk-policing" / "pack.yaml").is_file()
    assert (bundled_folder("templates") / "default" / "set.yaml").is_file()
