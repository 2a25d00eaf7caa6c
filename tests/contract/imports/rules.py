"""A contract of import-linter: rules import other rules, named modules and the pure part of the standard library.

A rule is whatever is in `packages` and none of the known shapes of a service (`not_rules`: main, api, commands and
so on), at any depth. So a new rule, or a new subject with rules in it, edits no list. What does I/O by another
name is in `io_modules`. What a rule may import is listed, so that a new package for I/O edits none either.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules

# Of the standard library: the outside world, the clock and chance.
IMPURE = {
    "asyncio", "concurrent", "ftplib", "getpass", "glob", "http", "imaplib", "io", "logging", "mmap",
    "multiprocessing", "os", "pathlib", "queue", "random", "sched", "secrets", "select", "selectors",
    "shelve", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess",
    "sys", "tempfile", "threading", "time", "urllib", "webbrowser",
}  # fmt: skip


class RulesContract(Contract):
    """Rules do no I/O."""

    type_name = "rules"

    packages = fields.SetField(subfield=fields.ModuleExpressionField())
    not_rules = fields.SetField(subfield=fields.StringField(), required=False)
    io_modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)
    allowed_modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import of a rule that it may not have."""
        rules = self._rules(graph)
        output.verbose_print(verbose, f"{len(rules)} rules: {', '.join(sorted(rules))}")
        allowed = rules | _with_descendants(graph, self.allowed_modules, must_exist=False)
        found = [
            (rule, imported, line)
            for rule in sorted(rules)
            for imported in sorted(graph.find_modules_directly_imported_by(rule))
            if imported not in allowed and not _pure(imported)
            for line in _lines(graph, rule, imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import."""
        for rule, imported, line in check.metadata["found"]:
            output.print_error(f"{rule} is a rule and may not import {imported} (l. {line})")
        output.new_line()

    def _rules(self, graph: ImportGraph) -> set[str]:
        shapes: set[str] = set(self.not_rules or ())  # type: ignore[call-overload]
        with_io = _with_descendants(graph, self.io_modules)
        inside = _with_descendants(graph, self.packages)
        return {module for module in inside - with_io if not shapes & set(module.split("."))}


def _with_descendants(graph: ImportGraph, expressions: Any, *, must_exist: bool = True) -> set[str]:
    modules = {
        module.name
        for module in module_expressions_to_modules(graph, expressions or (), raise_if_unmatched=must_exist)
    }
    own = {module for module in modules & graph.modules if not graph.is_module_squashed(module)}
    return modules.union(*(graph.find_descendants(module) for module in own))


def _pure(module: str) -> bool:
    root = module.partition(".")[0]
    return root in sys.stdlib_module_names and root not in IMPURE


def _lines(graph: ImportGraph, importer: str, imported: str) -> Iterable[int]:
    details: Iterator[Any] = iter(graph.get_import_details(importer=importer, imported=imported))
    return [detail["line_number"] for detail in details] or [0]
