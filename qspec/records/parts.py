"""The parts of a run record. Everything here is pure data, and a description of it is the published schema's."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the codec evaluates the annotations
from dataclasses import field
from typing import Annotated, Any, Literal

from qspec.frozen import frozen

JobStatus = Literal["INITIALIZING", "QUEUED", "RUNNING", "DONE", "CANCELLED", "ERROR"]


@frozen
class FileRecord:
    """A file that the run was made from."""

    path: Annotated[str, "Its path: of the spec as it was given, of other files from the repository's root."]
    sha256: Annotated[str, "The hash of its bytes: sha256: and 64 hexadecimal digits."]
    stored: Annotated[str, "Where its bytes are kept in the run folder."]


@frozen
class PlatformRecord:
    """The machine that the run was driven from. It has neither its name nor a person's."""

    system: Annotated[str, "Operating system: Linux, Darwin or Windows."]
    release: Annotated[str, "Release of the operating system."]
    machine: Annotated[str, "Processor architecture, such as x86_64 or arm64."]
    cpus: Annotated[int, "Processors of the machine."]
    usable_cpus: Annotated[int, "Processors that this process could use."]
    blas: Annotated[
        Mapping[str, str],
        "The kernel that each loaded OpenBLAS chose, by its library. Noisy trajectories and matrix product states"
        " depend on it.",
    ]


@frozen
class BackendRecord:
    """What the jobs ran on, in short; backend.json has all of it."""

    kind: Annotated[str, "The kind of backend, as in the spec."]
    name: Annotated[str, "The backend's name."]
    num_qubits: Annotated[int | None, "Qubits of the target; null where a simulator sets no limit."]
    source: Annotated[Mapping[str, Any], "Where target and calibration come from, with their date or version."]


@frozen
class CircuitRecord:
    """An ISA circuit: a circuit of the spec as it was submitted."""

    id: Annotated[str, "The circuit's id in the spec."]
    hash: Annotated[str, "Hash of the ISA circuit's canonical form; the same in every process and for every run."]
    num_qubits: Annotated[int, "The qubits of the circuit in the spec."]
    physical_qubits: Annotated[tuple[int, ...], "The backend's qubits that are in use, sorted."]
    depth: Annotated[int, "Depth: the longest path of operations."]
    size: Annotated[int, "Number of operations, barriers aside."]
    two_qubit_gates: Annotated[int, "Number of two-qubit gates."]
    two_qubit_depth: Annotated[int, "Depth in two-qubit gates."]
    operations: Annotated[Mapping[str, int], "How often each operation occurs."]
    registers: Annotated[Mapping[str, int], "Classical registers and their numbers of bits."]
    duration: Annotated[float | None, "Duration in seconds by the target's own figures; null where it has none."]
    qpy: Annotated[str, "The file in the run folder that holds the circuit."]
    qasm: Annotated[
        str | None, "The same circuit in OpenQASM 3; null where that cannot say it, or circuits are very many."
    ]


@frozen
class PubRecord:
    """One PUB of a job."""

    index: Annotated[int, "Its place in the job, from 0."]
    circuit: Annotated[str, "The circuit's id in the spec."]
    isa: Annotated[str, "Hash of the ISA circuit that was submitted."]
    shape: Annotated[tuple[int, ...], "Shape of the PUB; empty for a single point."]
    seeds: Annotated[Mapping[str, Any], "The seeds that were used for this PUB, by what they seed."] = field(
        default_factory=dict
    )
    result_hash: Annotated[str | None, "Hash of the PUB's result arrays; null until there is a result."] = None


SubmissionState = Literal["planned", "submitting", "submitted", "refused", "replaced"]


@frozen
class SubmissionRecord:
    """One job on the service: a job of the spec, at all points of a sweep, or a part of that. Sent at most once."""

    part: Annotated[int, "Its part of the job, from 0; a job that is not split has one."]
    first_pub: Annotated[
        int,
        "The first PUB of the part, from 0; of a sweep, counted over all its points in the order of points/order.npz.",
    ]
    pubs: Annotated[int, "The number of PUBs in the part."]
    folded: Annotated[
        bool,
        "Of a sweep, whether neighbouring points of one variant that are whole in it were sent as one PUB for each of"
        " theirs, with an axis over the points in front of the parameter values.",
    ] = False
    tag: Annotated[str, "The tag, drawn for this submission alone, by which the service finds the job."]
    state: Annotated[
        SubmissionState,
        "'submitting' from just before the request until its answer is known: the job may exist or not. 'replaced': it"
        " failed, and was submitted again.",
    ] = "planned"
    job_id: Annotated[str | None, "The job's ID on the service; null until the service has accepted it."] = None
    session_id: Annotated[str | None, "The session or batch that it runs in; null in job mode."] = None
    status: Annotated[JobStatus | None, "The service's last word on its status; null before there is one."] = None
    adopted: Annotated[bool, "Whether the answer was lost, and the job was found by its tag."] = False
    resent: Annotated[bool, "Whether it was sent again after its answer was lost, and no job had its tag."] = False
    created: Annotated[str | None, "When the service accepted it: UTC, ISO 8601."] = None
    running: Annotated[str | None, "When it started to run: UTC, ISO 8601."] = None
    finished: Annotated[str | None, "When it ended: UTC, ISO 8601."] = None
    usage: Annotated[float | None, "QPU seconds that the service charged; null while it does not say."] = None
    error: Annotated[str | None, "Why it failed, in the service's words."] = None
    error_code: Annotated[int | None, "The service's error code."] = None
    raw: Annotated[str | None, "The file with the result's bytes as they came; null without a result."] = None
    calibration: Annotated[str | None, "The file with the calibration at the time it ran; null where unknown."] = None


@frozen
class ExecutionRecord:
    """How the jobs were sent to the service."""

    mode: Annotated[str, "The execution mode: job, batch or session."]
    instance: Annotated[str | None, "The instance that pays: its cloud resource name."] = None
    session_id: Annotated[str | None, "The session or batch; null in job mode, and until it is open."] = None
    closed: Annotated[bool, "Whether the session or batch was closed."] = False
    dry_run: Annotated[bool, "Whether the jobs went to the service's mock backend."] = False
    usage_estimate: Annotated[float | None, "The estimated QPU seconds of all jobs; null without an estimate."] = None
    usage: Annotated[float | None, "QPU seconds that the service charged for all jobs, as far as it says."] = None


@frozen
class JobRecord:
    """One job of the spec: one program with its PUBs."""

    id: Annotated[str, "The job's id in the spec."]
    program_id: Annotated[str, "The program, by the runtime's own id."]
    status: Annotated[JobStatus, "The runtime's status word."]
    seed: Annotated[int, "The job's seed, derived from the root seed."]
    shots: Annotated[int | None, "Shots for each parameter set; null for programs without."]
    precision: Annotated[float | None, "Target precision of expectation values; null for programs without."]
    pubs: Annotated[tuple[PubRecord, ...], "The PUBs, in order."]
    implementation: Annotated[str | None, "The primitive that ran, such as qspec.simulation.sampling.sample."] = None
    options: Annotated[Mapping[str, Any], "The options in force."] = field(default_factory=dict)
    notes: Annotated[tuple[str, ...], "What is to be known about how the job was run."] = ()
    started: Annotated[str | None, "When it started: UTC, ISO 8601."] = None
    finished: Annotated[str | None, "When it ended: UTC, ISO 8601."] = None
    seconds: Annotated[float | None, "How long it ran, in seconds by a monotonic clock."] = None
    error: Annotated[str | None, "Why it failed, in the failing part's own words."] = None
    inputs: Annotated[str | None, "The file that holds the PUBs' parameter values as arrays; null without any."] = None
    result: Annotated[str | None, "The file that holds the result's arrays; null without a result."] = None
    metadata: Annotated[str | None, "The file that holds the result's shapes and metadata; null without a result."] = (
        None
    )
    submissions: Annotated[tuple[SubmissionRecord, ...], "Its jobs on the service; empty for a local run."] = ()


@frozen
class WarningRecord:
    """A finding about the spec or the plan that did not stand in the way of the run."""

    code: Annotated[str, "The finding's code, as qspec explain knows it."]
    message: Annotated[str, "What it says."]
    place: Annotated[str, "File, line and column, or the keys that lead there."]


@frozen
class SinkRecord:
    """What a sink wrote, or why it did not."""

    kind: Annotated[str, "The kind of sink."]
    files: Annotated[tuple[str, ...], "What it wrote, by path in the run folder."] = ()
    error: Annotated[str | None, "Why it failed; the run itself is not touched by that."] = None


@frozen
class Verdict:
    """What a check says. `margin` is how far the results are from the verdict's edge; negative when it failed."""

    passed: Annotated[bool, "Whether the expectation held."]
    message: Annotated[str, "One line that says what was found."]
    margin: Annotated[float | None, "Distance to the edge, in the tolerance's unit; negative when it failed."] = None
    details: Annotated[Mapping[str, Any], "The numbers behind it."] = field(default_factory=dict)


@frozen
class VerdictRecord:
    """An expectation of the spec and what came of it."""

    expectation: Annotated[Mapping[str, Any], "The expectation as the spec in force says it."]
    verdict: Annotated[Verdict, "What came of it."]
