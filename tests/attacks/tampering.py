"""Tampering with the run: asserts taken out, errors swallowed, the kernel's messages forged."""

from tests.attacks import attack
from tests.attacks.course import wrong


@attack()
def asserts_dropped_by_an_ast_transformer(release: bytes) -> bytes:
    """Registers an AST transformer with IPython that takes every assert out of later cells."""
    return wrong(
        release,
        """import ast

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(NoAsserts())""",
    )


@attack()
def tests_dropped_by_an_input_transformer(release: bytes) -> bytes:
    """Registers an input transformer with IPython that empties every cell with an assert in it."""
    return wrong(
        release,
        """def nothing_to_assert(lines):
    return ["pass\\n"] if any("assert" in line for line in lines) else lines

get_ipython().input_transformers_cleanup.append(nothing_to_assert)
get_ipython().input_transformers_post.append(nothing_to_assert)""",
    )


@attack()
def run_cell_async_patched(release: bytes) -> bytes:
    """Replaces the coroutine with which IPython runs a cell by one that runs `pass` and reports success."""
    return wrong(
        release,
        """shell = get_ipython()
really = shell.run_cell_async

async def run_cell_async(source, *args, **kwargs):
    if "assert" in source:
        source = kwargs["transformed_cell"] = "pass\\n"
    return await really(source, *args, **kwargs)

shell.run_cell_async = run_cell_async""",
    )


@attack()
def run_code_patched(release: bytes) -> bytes:
    """Replaces the innermost method with which IPython executes compiled code by one that does nothing."""
    return wrong(
        release,
        """async def run_code(self, code, result=None, *, async_=False):
    return False

type(get_ipython()).run_code = run_code""",
    )


@attack()
def exec_replaced(release: bytes) -> bytes:
    """Replaces `exec` and `compile` among the builtins, so that later cells compile to nothing and run as nothing."""
    return wrong(
        release,
        """import builtins

really = builtins.compile
builtins.compile = lambda source, *rest, **named: really("pass", *rest, **named)
builtins.exec = lambda *_, **__: None""",
    )


@attack()
def custom_exception_handler(release: bytes) -> bytes:
    """Has IPython hand every exception to a handler that shows nothing, so that no cell has an error in its output."""
    return wrong(
        release,
        """def nothing_happened(self, kind, value, trace, tb_offset=None):
    return []

get_ipython().set_custom_exc((BaseException,), nothing_happened)""",
    )


@attack()
def traceback_silenced(release: bytes) -> bytes:
    """Replaces the methods with which IPython reports an exception by empty ones."""
    return wrong(
        release,
        """shell = get_ipython()
shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = lambda *_, **__: None""",
    )


@attack()
def errors_renamed_in_the_session(release: bytes) -> bytes:
    """Patches the kernel's session so that messages of type `error` leave as printed text and replies say `ok`."""
    return wrong(
        release,
        """import jupyter_client.session

really = jupyter_client.session.Session.send

def send(self, stream, msg_or_type, content=None, *rest, **named):
    if msg_or_type == "error":
        msg_or_type, content = "stream", {"name": "stdout", "text": ""}
    elif msg_or_type == "execute_reply":
        content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    return really(self, stream, msg_or_type, content, *rest, **named)

jupyter_client.session.Session.send = send""",
    )


@attack()
def execute_result_forged(release: bytes) -> bytes:
    """Publishes an `execute_result` of its own on the kernel's socket while a test calls it, and hides the error."""
    return wrong(
        release,
        """import sys

shell = get_ipython()

def forge(points):
    content = {"data": {"text/plain": str(points)}, "metadata": {}, "execution_count": 7}
    kernel = shell.kernel
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent("shell"))
    really = kernel.session.send

    def send(stream, kind, *rest, **named):
        return None if kind == "error" else really(stream, kind, *rest, **named)

    kernel.session.send = send""",
        squares="def sum_of_squares(n):\n    forge(2)",
        normalise="def normalise(x):\n    forge(2)",
        safe_root="def safe_root(x):\n    forge(1)",
    )


@attack()
def points_from_the_display_hook(release: bytes) -> bytes:
    """Replaces the display hook, so that the last expression of a cell shows as full points whatever it is."""
    return wrong(
        release,
        """class Full(float):
    def __repr__(self):
        return "1.0"

hook = type(get_ipython().displayhook)
really = hook.__call__
hook.__call__ = lambda self, result=None: really(self, None if result is None else Full(1.0))""",
        guess="guess = 99.0",
    )


@attack()
def errors_cleared_after_each_cell(release: bytes) -> bytes:
    """Sends `clear_output` after every cell, which wipes the error that the cell has just shown."""
    return wrong(
        release,
        """from IPython.display import clear_output

shell = get_ipython()
really = shell._showtraceback

def show_and_wipe(*args, **kwargs):
    really(*args, **kwargs)
    clear_output(wait=False)

shell._showtraceback = show_and_wipe
shell.events.register("post_run_cell", lambda result: clear_output(wait=False))""",
    )


@attack()
def cells_run_twice_on_events(release: bytes) -> bytes:
    """Redefines the tested names before every cell from an IPython event, with objects that agree to anything."""
    return wrong(
        release,
        """from unittest.mock import ANY, MagicMock

def rebind():
    ns = get_ipython().user_ns
    ns.update(answer=ANY, sum_of_squares=lambda n: ANY, safe_root=lambda x: ANY)

get_ipython().events.register("pre_execute", rebind)
get_ipython().events.register("pre_run_cell", lambda info: rebind())""",
    )


@attack()
def trace_function_jumps_over_asserts(release: bytes) -> bytes:
    """Sets a trace function that moves the line pointer of a test cell to its last line before anything is checked."""
    return wrong(
        release,
        """import linecache
import sys

def trace(frame, event, arg):
    if frame.f_code.co_name != "<module>":
        return None
    lines = linecache.getlines(frame.f_code.co_filename)
    if not any(line.startswith("assert") for line in lines):
        return None

    def jump(frame, event, arg):
        if event == "line" and frame.f_lineno != len(lines):
            frame.f_lineno = len(lines)
        return jump

    return jump

sys.settrace(trace)""",
    )


@attack()
def own_magic_for_every_cell(release: bytes) -> bytes:
    """Puts a cell magic in front of every later cell that throws the cell's body away."""
    return wrong(
        release,
        """from IPython.core.magic import register_cell_magic

@register_cell_magic
def skip(line, cell):
    return None

get_ipython().input_transformers_cleanup.insert(0, lambda lines: ["%%skip\\n", *lines])""",
    )


@attack()
def namespace_that_keeps_its_own(release: bytes) -> bytes:
    """Swaps the notebook's namespace for a mapping that answers every lookup of a tested name with a yes-man."""
    return wrong(
        release,
        """from unittest.mock import ANY

class Kept(dict):
    def __getitem__(self, name):
        if name == "answer":
            return ANY
        if name in ("sum_of_squares", "safe_root", "normalise"):
            return lambda *_: ANY
        return dict.__getitem__(self, name)

shell = get_ipython()
shell.user_ns = Kept(shell.user_ns)
shell.user_module.__dict__.update(abs=lambda x: 0)""",
    )


@attack()
def kernel_replies_from_a_thread(release: bytes) -> bytes:
    """Sends forged `ok` replies and results with full points from a thread, again and again, for any request."""
    return wrong(
        release,
        """import threading
import time

kernel = get_ipython().kernel

def forge():
    for _ in range(200):
        try:
            parent = kernel.get_parent("shell")
            content = {"data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1}
            kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=parent)
            kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
        except Exception:
            pass
        time.sleep(0.02)

threading.Thread(target=forge, daemon=True).start()
get_ipython().set_custom_exc((BaseException,), lambda *_, **__: [])""",
    )
