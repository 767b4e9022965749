# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants of a module: its code with one small mistake each, such as a comparison turned round."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}
# Keys, codes and names of states; texts for people may say it otherwise.
WORD = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Mutant:
    """name: the function and what became of its code, the same wherever in the file that stands."""

    name: str
    line: int
    tree: ast.Module


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """What a node can become by one mistake."""
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            yield from changed_condition(node)
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Name(id=name) if name in FUNCTIONS:
            yield ast.Name(FUNCTIONS[name], node.ctx)
        case ast.Constant():
            yield from changed_constant(node.value)


def changed_condition(node: ast.Compare | ast.BoolOp | ast.UnaryOp) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                other = copy.deepcopy(node)
                other.ops[index] = COMPARISONS[type(operator)]()
                yield other
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for index in range(len(node.values)):
                rest = node.values[:index] + node.values[index + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp():
            yield node.operand


def changed_constant(value: object) -> Iterator[ast.AST]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int():
            yield ast.Constant(value + 1)
        case str() if WORD.fullmatch(value):
            yield ast.Constant(f"{value}_")


def places(tree: ast.Module) -> Iterator[tuple[str, ast.AST, str, int | None, ast.AST]]:
    """Each node of a function's body or of a table, with where it hangs: (function, parent, field, index, node)."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        function, parent = waiting.pop()
        for field, value in ast.iter_fields(parent):
            if field in ("annotation", "returns", "decorator_list", "type_params"):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if (
                    isinstance(node, ast.AST)
                    and not isinstance(node, ast.Import | ast.ImportFrom)
                    and not is_read_by_people_and_tools_alone(node)
                ):
                    inner = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else function
                    yield function, parent, field, index, node
                    waiting.append((inner, node))


def is_read_by_people_and_tools_alone(node: ast.AST) -> bool:
    """A docstring, the list of what a module exports, a type of literals."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
    return False


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants, in an order that is the same each time; each tree is good until the next is asked for."""
    tree = ast.parse(source)
    for function, parent, field, index, node in list(places(tree)):
        holder = getattr(parent, field)
        for other in changed(node):
            ast.copy_location(other, node)
            if index is None:
                setattr(parent, field, other)
            else:
                holder[index] = other
            name = f"{function}: {first_line(node)} -> {first_line(other)}"
            yield Mutant(name, getattr(node, "lineno", 0), ast.fix_missing_locations(tree))
        if index is None:
            setattr(parent, field, node)
        else:
            holder[index] = node


def first_line(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0]
