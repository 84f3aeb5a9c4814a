"""A grown forest as a C table, for services/clean/forest.h."""
import hashlib

import numpy


def walk(tree, start):
    """A tree's nodes, breadth first, children side by side, as C."""
    queue, out = [tree], []
    for node in queue:
        if "leaf_value" in node:
            out.append((0, 0, number(node["leaf_value"], 4)))
        else:
            out.append((node["split_feature"], start + len(queue), number(node["threshold"])))
            queue += [node["left_child"], node["right_child"]]
    return out


def number(value, digits=9):
    """As C. A leaf needs few digits, and processors agree on those."""
    text = repr(float(numpy.float32(f"{value:.{digits}g}")))
    return text + ("" if "." in text or "e" in text else ".0") + "F"


def tables(name, model):
    nodes, roots = [], []
    for tree in model.dump_model()["tree_info"]:
        roots.append(len(nodes))
        nodes += walk(tree["tree_structure"], len(nodes))
    assert len(nodes) < 65536
    cells = [f"{{{a}, {b}, {c}}}," for a, b, c in nodes]
    rows = "\n".join(" ".join(cells[i:i + 4]) for i in range(0, len(cells), 4))
    starts = "\n".join(" ".join(f"{r}," for r in roots[i:i + 16])
                       for i in range(0, len(roots), 16))
    return (f"static const forest_node_t {name}_nodes[] = {{\n{rows}\n}};\n"
            f"static const uint16_t {name}_roots[] = {{\n{starts}\n}};\n"
            f"static const forest_t {name}_forest = {{{name}_nodes, {name}_roots, {len(roots)}, "
            f"0.0F}};\n")


def write(path, name, model):
    body = tables(name, model)
    mark = hashlib.sha256(body.encode()).hexdigest()[:12]
    guard = f"CLEAN_MODEL_{name.upper()}_H"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"/* Written by train/train.py, see MODEL.md; {name}-forest-{mark}. Do not "
                    f"edit: train. */\n#ifndef {guard}\n#define {guard}\n\n"
                    '#include "clean/forest.h"\n\n'
                    f"/* clang-format off */\n{body}"
                    f"/* clang-format on */\n\n#endif\n")
