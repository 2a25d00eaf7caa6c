"""Which problems a function can end in: the code's own names followed from symbol to symbol.

A symbol is a function, method, class or assigned name of a module; it refers to every symbol that it
mentions. A method of an unknown object is any method of that name that the module's imports reach. So the answer
may hold a code too many, never one too few for code that names what it calls.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shared.errors import Problem

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("shared", "services")
Symbol = tuple[str, str]  # module, name within it
Raised = tuple[str, int, str]  # code, status, detail


@dataclass(slots=True)
class Node:
    """What one symbol mentions, and what it raises by itself."""

    tree: ast.AST
    names: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    raised: list[Raised] = field(default_factory=list)


def kinds() -> dict[str, int]:
    """Status by the name of what makes a problem: its classes, and the helper that refuses tokens."""
    return {kind.__name__: kind.status for kind in Problem.__subclasses__()} | {"refused": 401}


def literal_codes(value: ast.expr, names: dict[str, set[str]]) -> set[str]:
    """The codes that an expression stands for: a text, a choice between texts, or a name for them."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.IfExp):
        return literal_codes(value.body, names) | literal_codes(value.orelse, names)
    return names.get(value.id, set()) if isinstance(value, ast.Name) else set()


def words(detail: ast.expr | None) -> str:
    """A detail's text, with an ellipsis for what is filled in."""
    if isinstance(detail, ast.Constant):
        return str(detail.value)
    if isinstance(detail, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in detail.values)
    return ""


def raised(source: ast.AST, known: dict[str, int], names: dict[str, set[str]]) -> Iterator[Raised]:
    """Every problem that is made in `source`: `Kind(code, detail)`, or a helper given kind and code."""
    for call in ast.walk(source):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not call.args:
            continue
        first = call.args[0]
        if call.func.id in known and len(call.args) > 1:
            for code in sorted(literal_codes(first, names)):
                yield code, known[call.func.id], words(call.args[1])
        elif isinstance(first, ast.Name) and first.id in known and len(call.args) > 2:
            for code in sorted(literal_codes(call.args[-2], names)):
                yield code, known[first.id], words(call.args[-1])


def _texts(module: ast.Module) -> dict[str, dict[str, set[str]]]:
    """By function, the texts that its names stand for: assigned in it, or given by its callers here."""
    functions = [
        item for item in ast.walk(module) if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found: dict[str, dict[str, set[str]]] = {item.name: {} for item in functions}
    for function in functions:
        for step in ast.walk(function):
            if isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Name):
                found[function.name].setdefault(step.targets[0].id, set()).update(
                    literal_codes(step.value, {})
                )
    places = {item.name: [argument.arg for argument in item.args.args] for item in functions}
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in places:
            for name, value in zip(places[call.func.id], call.args, strict=False):
                found[call.func.id].setdefault(name, set()).update(literal_codes(value, {}))
    return found


class Module:
    """One source file: its symbols, and where the names that it imports come from."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.imports: dict[str, Symbol] = {}
        self.nodes: dict[str, Node] = {}
        tree = ast.parse(source)
        texts, known = _texts(tree), kinds()
        for item in tree.body:
            self._take(item, "", texts, known)
        for step in ast.walk(tree):  # also those inside functions
            if isinstance(step, ast.ImportFrom) and step.module:
                for alias in step.names:
                    self.imports[alias.asname or alias.name] = (step.module, alias.name)

    def _take(
        self, item: ast.AST, owner: str, texts: dict[str, dict[str, set[str]]], known: dict[str, int]
    ) -> None:
        if isinstance(item, ast.ClassDef):
            self.nodes[item.name] = node = self._node(item, {}, {}, shallow=True)
            for part in item.body:
                self._take(part, item.name, texts, known)
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name.startswith("__"):
                    node.names.add(f"{item.name}.{part.name}")
        elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{owner}.{item.name}" if owner else item.name
            self.nodes[name] = self._node(item, texts[item.name], known)
        elif isinstance(item, ast.Assign | ast.AnnAssign) and not owner:
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            for target in targets:
                if isinstance(target, ast.Name) and item.value is not None:
                    self.nodes[target.id] = self._node(item.value, {}, known)

    def _node(
        self, tree: ast.AST, texts: dict[str, set[str]], known: dict[str, int], *, shallow: bool = False
    ) -> Node:
        node = Node(tree)
        if shallow:
            return node
        for step in ast.walk(tree):
            if isinstance(step, ast.Attribute):
                chain = ast.unparse(step)
                (node.names if chain.replace(".", "").isidentifier() else node.methods).add(
                    chain if chain.replace(".", "").isidentifier() else step.attr
                )
                node.methods.add(step.attr)
            elif isinstance(step, ast.Name):
                node.names.add(step.id)
        node.raised = list(raised(tree, known, texts))
        return node


@cache
def modules() -> dict[str, Module]:
    """Every module of the services and what they share."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found[name] = Module(name, path.read_text())
    return found


def resolve(module: str, name: str) -> Symbol | None:
    """The symbol that `name`, possibly dotted, means inside `module`; None when it is not ours."""
    head, _, rest = name.partition(".")
    known = modules()[module]
    if name in known.nodes:
        return module, name
    if head in known.nodes:
        return module, head
    if head not in known.imports:
        return None
    source, original = known.imports[head]
    if f"{source}.{original}" in modules():
        return resolve(f"{source}.{original}", rest) if rest else None
    return resolve(source, f"{original}.{rest}".rstrip(".")) if source in modules() else None


@cache
def _reaches(module: str) -> frozenset[str]:
    """The modules that `module` imports, directly or not, and itself."""
    found, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name in modules() and name not in found:
            found.add(name)
            for source, original in modules()[name].imports.values():
                waiting += [source, f"{source}.{original}"]
    return frozenset(found)


@cache
def _methods(module: str, name: str) -> tuple[Symbol, ...]:
    """Methods called `name` of any class that `module` can know of."""
    return tuple(
        (place, node)
        for place in sorted(_reaches(module))
        for node in modules()[place].nodes
        if node.endswith(f".{name}")
    )


def reachable(roots: Iterable[Symbol]) -> set[Symbol]:
    """Every symbol that `roots` come to."""
    found = set[Symbol]()
    waiting = list(roots)
    while waiting:
        symbol = waiting.pop()
        if symbol in found:
            continue
        found.add(symbol)
        module, name = symbol
        node = modules()[module].nodes[name]
        waiting += [each for each in (resolve(module, word) for word in node.names) if each]
        for method in node.methods:
            waiting += _methods(module, method)
    return found


def problems(roots: Iterable[Symbol]) -> list[Raised]:
    """What `roots` can end in, without repeats, in the order of codes."""
    found = {one for module, name in reachable(roots) for one in modules()[module].nodes[name].raised}
    return sorted(found)
