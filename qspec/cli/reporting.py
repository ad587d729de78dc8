"""What continuous integration reads of a command: one document about all specs or runs, and the summary of a step."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec.errors import QspecError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qspec.cli.voice import Voice
    from qspec.comparing.runs import RunComparison
    from qspec.diagnostics import Diagnostic
    from qspec.errors import SpecError
    from qspec.reading.reports import Report
    from qspec.records.view import FinishedRun
    from qspec.render.holding import Held
    from qspec.render.suites import Case, Suite

LARGEST = 900_000
"""Bytes of the summary of a step, with what others wrote into it: GitHub takes no more than 1 MiB."""


@dataclass(slots=True)
class Reports:
    """What there is to tell in the form `github`, `sarif` or `junit`. Annotations are written at once, the others at the end.

    With the forms for people and for scripts (`text`, `json`) there is only the summary.
    """

    voice: Voice
    form: str
    suites: list[Suite] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    told: bool = False

    def nothing(self) -> None:
        """Tell that there was nothing to do."""
        self.told = True

    def ran(self, run: FinishedRun, *, top: int, compared: RunComparison | None = None) -> None:
        """Tell what became of a run, and how its results `compared` with those of an earlier run, or of its lock.

        Its summary shows `top` entries of long lists.
        """

        def blocks() -> Iterable[str]:
            from qspec.render.summary import comparison_blocks, run_blocks

            found = comparison_blocks(compared, run.record.name) if compared else ()
            return [*found, *run_blocks(run, top=top)]

        self._tell_run(run, compared=compared)
        summarise(self.voice, blocks, elsewhere=f"The run folder: {run.folder}")

    def found(self, findings: Sequence[Diagnostic]) -> None:
        """Tell findings about a spec."""
        self.told = True
        if self.form == "github":
            from qspec.render.findings_github import render_github

            self.voice.answer(render_github(findings))
        elif self.form == "sarif":
            self.findings += findings

    def held(self, found: Sequence[Held]) -> None:
        """Tell which specs are as they were locked."""
        from qspec.render.holding import findings_of_held, held_blocks, suite_of_held

        self.found(list(dict.fromkeys(findings_of_held(found))))
        if self.form == "junit":
            self.suites.append(suite_of_held(found))
        summarise(self.voice, lambda: held_blocks(found), elsewhere="The log of this step has all of it.")

    def wrong(self, error: SpecError) -> None:
        """Tell that specs are wrong, and nothing was run."""
        from qspec.render.suites import suite_of_findings
        from qspec.render.summary import failure_blocks, finding_blocks

        self.found(error.findings)
        if self.form == "junit":
            self.suites.append(suite_of_findings(error.path, error.findings))
        heading = failure_blocks(f"{error.path}: not run", "there are errors in the spec", "")
        summarise(self.voice, lambda: [*heading, *finding_blocks(error.findings)])

    def failed(self, message: str, advice: str, *, waits: bool) -> None:
        """Tell a failure, with the run that was in hand; `waits` says that this is only not finished yet."""
        from qspec.render.suites import stopped
        from qspec.render.summary import failure_blocks, run_blocks

        run = self._in_hand()
        case = [] if waits and run else [stopped(message, advice)]
        self._tell_run(run, *case, said=(message, *advice.splitlines()))
        self._tell_failure(message, advice, waits=waits)
        title = "not finished" if waits else "failed"
        said = "; ".join((message, *advice.splitlines()))
        blocks = (lambda: run_blocks(run, top=10, said=said)) if run else lambda: failure_blocks(title, message, advice)
        summarise(self.voice, blocks)

    def _in_hand(self) -> FinishedRun | None:
        from qspec.records.view import open_run

        try:
            return None if self.voice.in_hand is None else open_run(self.voice.in_hand)
        except QspecError:
            return None

    def _tell_run(
        self,
        run: FinishedRun | None,
        *more: Case,
        said: Sequence[str] = (),
        compared: RunComparison | None = None,
    ) -> None:
        self.told = True
        if self.form == "junit":
            from qspec.render.comparison_cases import cases_of_comparison
            from qspec.render.suites import Suite, suite_of_run

            every = (*(cases_of_comparison(compared) if compared else ()), *more)
            none = Suite(name="qspec", cases=every, said=tuple(said))
            self.suites.append(none if run is None else suite_of_run(run, *every, said=said))
        elif run is not None and self.form in ("github", "sarif"):
            from qspec.render.suite_findings import findings_of_run

            self.found(list(findings_of_run(run, compared)))
            self._tell_consistent(compared)

    def _tell_consistent(self, compared: RunComparison | None) -> None:
        """Results that are not the same, and will do: an annotation that is no warning. Code scanning has none of them."""
        from qspec.render.comparison_cases import spoken_consistency

        message = spoken_consistency(compared) if compared else ""
        if message and self.form == "github":
            from qspec.render.findings_github import render_notice

            self.voice.answer(render_notice("notice", "consistent", message))

    def _tell_failure(self, message: str, advice: str, *, waits: bool) -> None:
        if self.form == "github":
            from qspec.render.findings_github import render_notice

            title = "not finished" if waits else "error"
            self.voice.answer(render_notice("warning" if waits else "error", title, f"{message}\n{advice}".rstrip()))
        elif self.form == "sarif" and not waits:
            self.failures.append(message)

    def finish(self) -> str:
        """The document that is due at the end of the command, once; empty where there is none."""
        if not self.told:
            return ""
        self.told = False
        if self.form == "junit":
            from qspec.render.junit import render_junit

            return render_junit(self.suites)
        return self._sarif() if self.form == "sarif" else ""

    def _sarif(self) -> str:
        from qspec import __version__
        from qspec.reading.explanations import EXPLANATIONS
        from qspec.render.findings_sarif import render_sarif
        from qspec.render.suite_findings import RULES

        once = list(dict.fromkeys(self.findings))
        rules = {**EXPLANATIONS, **RULES}
        return render_sarif(once, rules=rules, version=__version__, failures=self.failures)


def summarise_validation(voice: Voice, reports: Sequence[Report]) -> None:
    """Add what checking specs has found to the summary of a step."""

    def blocks() -> Iterable[str]:
        from qspec.render.summary import validation_blocks

        return validation_blocks(reports)

    summarise(voice, blocks, elsewhere="The log of this step has all of it.")


def summarise(voice: Voice, blocks: Any, *, elsewhere: str = "") -> None:
    """Add the blocks of Markdown that a function makes to the file that `GITHUB_STEP_SUMMARY` names, where it names one.

    Of what makes that larger than 900 kB the last blocks are left out, and how much is said. Nothing that goes wrong here
    is more than a warning.
    """
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    try:
        if not _append(Path(name), blocks(), elsewhere):
            voice.complain("warning: the summary of this step is full; this command is not in it")
    except OSError as error:
        voice.complain(f"warning: the summary of this step was not written: {reason_of(error)}")
    except QspecError as error:
        voice.complain(f"warning: the summary of this step was not written: {error}")


def _append(path: Path, blocks: Iterable[str], elsewhere: str) -> bool:
    """Whether anything could be added."""
    from qspec.render.markdown import escaped, fitted

    room = LARGEST - (path.stat().st_size if path.exists() else 0)
    text = fitted(list(blocks), room, elsewhere=escaped(elsewhere, most=1000))
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(text)
    return bool(text)
