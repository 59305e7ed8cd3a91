"""What a folder proves is said, and what it does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.conftest import Run
from ykt_conformance.report import manifest
from ykt_conformance.report.folder import evidence_sha256


def seal(out: Path) -> None:
    """Write the hash of the evidence in the page, and the manifest, anew."""
    page = out / "report.html"
    text = page.read_text("utf-8")
    (old,) = set(re.findall(r'class="seal">.*?SHA-256 ([0-9a-f]{64})</p>', text))
    page.write_text(text.replace(old, evidence_sha256(out)), "utf-8")
    manifest.write(out)


FEW = ("--case", "C-0101", "--case", "C-0209")


@pytest.fixture
def written(run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "run"
    target = "sim:dual?deviate=balance-in-yuan"
    assert run("conform", "card", "--target", target, *FEW, "--out", str(out)).exit_code == 1
    return out


def test_what_is_shown_and_what_is_not(run: Run, written: Path) -> None:
    done = run("conform", "verify", str(written))
    assert done.exit_code == 0
    shown, _, not_shown = done.stdout.partition("not shown:")
    assert "2 verdicts come out the same when they are judged again" in shown
    assert "--manifest compares it with what the run printed" in not_shown
    assert "that the recordings come from the product that the form names" in not_shown
    sha256 = manifest.sha256_of(written / manifest.NAME)
    compared = run("conform", "verify", str(written), "--manifest", sha256)
    assert "the manifest is the one that was printed" in compared.stdout
    assert "wrote the whole folder anew" not in compared.stdout


def test_a_verdict_that_does_not_follow_is_found_though_all_files_agree(
    run: Run, written: Path
) -> None:
    """A forger changes results, JUnit and page alike and makes the manifest anew."""
    path = written / "results.json"
    found = json.loads(path.read_text("utf-8"))
    for case in found["cases"]:
        case["verdict"] = "PASS"
    found["model"]["deviations"] = []
    found |= {"exit_code": 0, "counts": dict.fromkeys(found["counts"], 0) | {"PASS": 2}}
    path.write_text(json.dumps(found), "utf-8")
    page = written / "report.html"
    text = page.read_text("utf-8").replace('data-v="FAIL" data-g', 'data-v="PASS" data-g')
    for verdict, count in found["counts"].items():
        text = re.sub(f'data-count="{verdict}">[0-9]+<', f'data-count="{verdict}">{count}<', text)
    page.write_text(text, "utf-8")
    junit = written / "junit.xml"
    text = junit.read_text("utf-8")
    for told in (
        '<testcase classname="conformance.card.model".*?</testcase>',
        "<failure .*?</failure>",
    ):
        text = re.sub(told, "", text, flags=re.DOTALL)
    junit.write_text(text, "utf-8")
    seal(written)
    done = run("conform", "verify", str(written))
    assert done.exit_code == 1, done.output
    assert "C-0209 on recording 'C-0209': PASS, judged again FAIL" in done.stdout


def test_words_that_prove_nothing_are_wrong_words(run: Run, written: Path) -> None:
    for word in ("", "00", "x" * 64):
        done = run("conform", "verify", str(written), "--manifest", word)
        assert (done.exit_code, "--manifest" in done.stderr) == (3, True)
    assert run("conform", "verify", str(written.parent)).exit_code == 3


def test_a_signature_is_made_and_checked(run: Run, written: Path, tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    own, public = tmp_path / "own.pem", tmp_path / "own.pub"
    own.write_bytes(
        private.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())
    )
    public.write_bytes(
        private.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)
    )
    verify = ("conform", "verify", str(written))
    unsigned = run(*verify, "--check", str(public))
    assert (unsigned.exit_code, unsigned.stdout) == (
        1, "MANIFEST.sig: the signature is missing\n",
    )  # fmt: skip
    assert run(*verify, "--sign", str(own)).exit_code == 0
    signed = run(*verify, "--check", str(public))
    assert (signed.exit_code, "is signed by the owner of the key" in signed.stdout) == (0, True)
    manifest.write(written)
    assert run(*verify, "--check", str(public)).exit_code == 0
    (written / "trace.txt").write_text("x")
    manifest.write(written)
    torn = run(*verify, "--check", str(public))
    assert (torn.exit_code, torn.stdout) == (1, "MANIFEST.sig: the signature does not hold\n")


def test_programs_are_told_the_same(run: Run, written: Path) -> None:
    found = json.loads(run("conform", "verify", str(written), "--json").stdout)
    assert (found["whole"], found["judged"], found["signed"]) == (True, 2, None)
    assert found["shown"]
    assert found["not_shown"]


def test_a_folder_of_another_suite_is_not_judged_again(run: Run, written: Path) -> None:
    path = written / "results.json"
    document = json.loads(path.read_text("utf-8"))
    junit = written / "junit.xml"
    own = document["suite"]["sha256"]
    junit.write_text(junit.read_text("utf-8").replace(own, "00" * 32), "utf-8")
    document["suite"] = {"version": "0.1.0", "sha256": "00" * 32}
    path.write_text(json.dumps(document), "utf-8")
    seal(written)
    done = run("conform", "verify", str(written))
    assert done.exit_code == 0
    assert "that the verdicts follow from the recordings: they were made by suite 0.1.0" in (
        done.stdout
    )
