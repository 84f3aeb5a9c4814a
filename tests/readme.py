"""What README says, for tests that do it."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def chapter(title):
    """The text under a heading of the second level."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        return re.split(r"^## .*\n", file.read().split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def block(text, language="sh"):
    """The first block of code in that language."""
    return text.split(f"```{language}\n", 1)[1].split("```", 1)[0]


def commands(text):
    """What stands in the text as `code` and is a command of ours, in order."""
    words = [word.replace("\n", " ") for word in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.S))]
    return [re.sub(r"\s+", " ", word) for word in words if word.startswith(("nutgraf ", "nutgraf-", "scrapy "))]
