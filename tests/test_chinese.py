"""The Chinese texts use the terms of Chinese textbooks: words that are not among them, with what replaces them."""

import re
from pathlib import Path

import pytest

from landscape_lab.experiments.course.content import FOLDER
from scripts.messages import LOCALE, read

TERMS = {
    "安定": "收敛, 稳定下来",
    "摆动": "振荡",
    "留出损失": "验证损失",
    "留出地图": "验证集损失曲面",
    "消退": "逐渐减小, 衰减",
    "抽取": "采样",
    "抽出": "采样",
    "舞台": "动画区",
    "到家": "收敛",
    "折线": "锯齿 (a zigzag; 折线 is a polyline)",
    "赛道": "优化器",
    "旋钮": "设置, 参数",
    "步子": "步, 步长, 更新量",
    "求值": "计算",
    "爬行": "缓慢前进",
    "惩罚多": "惩罚强度",
    "说中": "回答正确",
    "云团": "噪声球",
    "抽样": "采样",
    "离群值": "异常值",
    "梯度消失": "梯度为零 (梯度消失 is vanishing gradients in deep networks)",
}
"""Words of translations, and what a textbook says."""
README = Path(__file__).parents[1] / "README.zh.md"
CATALOG = next(LOCALE.rglob("zh_CN/LC_MESSAGES/messages.po"))


def found(text: str) -> dict[str, str]:
    return {word: use for word, use in TERMS.items() if word in text}


def test_catalog_uses_the_terms():
    texts = [str(message.string) for message in read(CATALOG) if message.id]
    assert {text: found(text) for text in texts if found(text)} == {}


@pytest.mark.parametrize("file", [README, *sorted(FOLDER.glob("*.zh.md"))], ids=lambda file: file.name)
def test_document_uses_the_terms(file: Path):
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    assert {number: found(line) for number, line in lines if found(line)} == {}


def unclosed(line: str) -> list[str]:
    """Emphasis that Markdown does not close: a sign before its last stars, and a letter right after them."""
    spans = re.finditer(r"(\*{1,2})(?![*\s])([^*\n]+)\1(\w?)", line)
    return [span[0] for span in spans if span[3] and span[2][-1] in "。：，；！？）”"]


@pytest.mark.parametrize("file", [README, *sorted(FOLDER.glob("*.zh.md"))], ids=lambda file: file.name)
def test_emphasis_is_closed(file: Path):
    assert unclosed(file.read_text(encoding="utf-8")) == []


def test_unclosed_emphasis_is_found():
    assert unclosed("*渐进锐化。*只要") and not unclosed("*渐进锐化。* 只要") and not unclosed("*好*的。*只要*锐度")


def test_words_are_found():
    assert found("摆动之后收敛") == {"摆动": "振荡"} and found("振荡之后收敛") == {}
