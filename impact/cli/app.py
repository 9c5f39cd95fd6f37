"""The ``impact`` command: parses, calls one function of a room, prints; the only place that turns errors into exits.

Heavy libraries are imported by the rooms, inside the functions that need them, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

import typer

from impact import __version__
from impact.cli import answers, assess, audit, claims, diff, keys, packs, questions, report, sign, templates
from impact.cli.output import INTERNAL_HINT, print_error, print_failure
from impact.errors import Exit, Fault, ImpactError

__all__ = ["app", "run"]

app = typer.Typer(
    name="impact",
    help="Algorithmic impact and civil-liberties assessment: one document that the other side can check.",
    no_args_is_help=True,
    rich_markup_mode=None,  # half the start-up time, and no box characters for screen readers and logs
    pretty_exceptions_enable=False,  # a traceback with locals could show people's data
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
assess.register(app)
report.register(app)
answers.register(app)
diff.register(app)
claims.register(app)
questions.register(app)
sign.register(app)
app.add_typer(audit.app, name="audit")
app.add_typer(packs.app, name="packs")
app.add_typer(templates.app, name="templates")
app.add_typer(keys.app, name="keys")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"impact {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version: bool = typer.Option(False, "--version", help="Print the version.", callback=_show_version, is_eager=True),
    debug: bool = typer.Option(False, "--debug", help="Show a traceback when something goes wrong inside impact."),
) -> None:
    """Algorithmic impact and civil-liberties assessment: one document that the other side can check."""
    if debug:
        os.environ["IMPACT_DEBUG"] = "1"


def _noted_interrupts() -> list[int]:
    """A list that gets an entry at each Ctrl-C, which still raises ``KeyboardInterrupt`` where Python is running."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    # Left alone where somebody else handles it, and outside the main thread, where Python allows no handler.
    main_thread = threading.current_thread() is threading.main_thread()
    if main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    return noted


def _interrupted(*, json: bool) -> int:
    print("impact: interrupted; nothing was left half written", file=sys.stderr)  # noqa: T201
    if json:
        print_failure(int(Exit.INTERRUPTED))
    return int(Exit.INTERRUPTED)


def run(arguments: list[str] | None = None) -> None:
    """Entry point of the script. Exits with the statuses of docs/architecture.md; never with a bare traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    json = "--json" in given
    interrupted = _noted_interrupts()
    try:
        status = app(args=given, standalone_mode=False)
        if status == Exit.INTERRUPTED:  # typer turns an interruption into a status of its own
            raise KeyboardInterrupt
    except ImpactError as error:
        if interrupted:
            sys.exit(_interrupted(json=json))
        print_error(error, json=json)
        status = int(error.exit)
    except typer.Exit as error:
        status = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = _interrupted(json=json)
    except BrokenPipeError:
        # The reader of our output left (`impact … | head`): not a fault, and nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:  # the one boundary: a fault of ours must not look like a finding (exit 1)
        if interrupted:  # a library made something else of Ctrl-C, as DuckDB does inside a query
            sys.exit(_interrupted(json=json))
        shown = getattr(error, "show", None)
        if callable(shown) and hasattr(error, "exit_code"):  # wrong use, found by the command-line parser
            shown()
            status = int(Exit.USAGE)
            if json:
                found = str(getattr(error, "message", "")) or str(error)
                print_failure(status, [Fault("command line", found, "", "Add --help to see what can be said", "G030")])
        else:
            if os.environ.get("IMPACT_DEBUG"):
                import traceback

                traceback.print_exc()
            print(f"impact: {type(error).__name__}", file=sys.stderr)  # noqa: T201  # the text may quote a value
            print(INTERNAL_HINT, file=sys.stderr)  # noqa: T201
            status = int(Exit.INTERNAL)
            if json:
                print_failure(status)
    sys.exit(status if isinstance(status, int) else 0)
