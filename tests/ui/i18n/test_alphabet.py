"""The order of words in the glossary."""

from landscape_lab.ui.i18n.alphabet import groups, initial


def test_words_are_listed_under_their_letter_or_that_of_their_pinyin():
    words = ["loss", "epsilon", "鞍点", "步", "二次模型", "过拟合", "轮次", "权重衰减", "学习率", "振荡", "Übung"]
    assert [initial(word) for word in words] == [*"LEABEGLQXZ", "Ü"]


def test_groups_of_whole_letters_have_enough_words_each():
    words = ["d1", "b2", "B1", "a1", "c3", "c2", "c1", "e1"]
    assert groups(words, str, 3) == [("A–B", ["a1", "B1", "b2"]), ("C", ["c1", "c2", "c3"]), ("D–E", ["d1", "e1"])]
    assert groups([], str, 3) == []
