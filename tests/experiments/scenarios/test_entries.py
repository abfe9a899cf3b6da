from landscape_lab.experiments import Entry
from landscape_lab.experiments.scenarios.entries import settings, with_core, with_schedule, with_setting, with_wrappers
from optim_core import OPTIMIZERS, SCHEDULES
from optim_core.optimizer import get_field

ADAM = Entry.from_text('lookahead(inner=adam(learning_rate=0.05*cosine(final=0.1)),sync_period=7,name="mine")')


def test_settings_begin_at_the_core():
    paths = [path for path, _owner, _knob in settings(ADAM)]
    assert paths[0] == "inner.learning_rate" and paths[-2:] == ["sync_period", "slow_step_size"]


def test_a_setting_is_changed_where_it_lives():
    assert get_field(with_setting(ADAM, "inner.beta1", 0.5).core, "beta1") == 0.5
    assert get_field(with_setting(ADAM, "sync_period", 3).optimizer, "sync_period") == 3


def test_wrappers_keep_their_settings_and_schedules_move_with_their_layer():
    stacked = with_wrappers(ADAM, ["lookahead", "clipping"])
    assert [type(layer).__name__ for layer in stacked.layers] == ["Clipping", "Lookahead", "Adam"]
    assert get_field(stacked.layers[1], "sync_period") == 7 and stacked.name == "mine"
    assert stacked.schedules == (("inner.inner.learning_rate", SCHEDULES["cosine"](final=0.1)),)
    bare = with_wrappers(stacked, [])
    assert bare.schedules == (("learning_rate", SCHEDULES["cosine"](final=0.1)),)


def test_another_core_keeps_wrappers_and_the_schedules_that_fit():
    assert with_core(ADAM, "rmsprop") == Entry(
        OPTIMIZERS["lookahead"](OPTIMIZERS["rmsprop"](), 7), ADAM.schedules, "mine"
    )
    assert with_core(ADAM, "adadelta").schedules == ()


def test_a_schedule_is_set_and_taken_away():
    entry = with_schedule(Entry(OPTIMIZERS["adam"]()), "learning_rate", SCHEDULES["exponential"]())
    assert Entry.from_text(entry.text) == entry
    assert with_schedule(entry, "learning_rate", None).schedules == ()
