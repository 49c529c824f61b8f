//! `fields`: hosts in kinds that no family knows, at a JSON Pointer of the settings.
//!
//! A field that is missing is skipped; a list is read item by item; a text without a dot is no host and stays.

use serde_json::Value;

use super::{Duty, Item, Leave, Sites, has_dot, texts};
use crate::object::{Object, pointer};
use crate::transforms::host_rewrite::Judge;
use crate::transforms::host_rewrite::host::Reach;

pub(super) fn read<'a>(object: Object<'a>, judges: &[Judge<'_>], sites: &mut Sites<'a>) {
    let mut seen: Vec<(&str, Vec<usize>)> = Vec::new();
    for (rule, judge) in judges.iter().enumerate() {
        for field in &judge.settings.fields {
            if !field
                .kind
                .matches(object.group(), object.version(), object.kind())
            {
                continue;
            }
            match seen.iter_mut().find(|(path, _)| *path == field.path) {
                Some((_, rules)) => rules.push(rule),
                None => seen.push((&field.path, vec![rule])),
            }
        }
    }
    for (path, rules) in &seen {
        match pointer::get(object.value(), path) {
            Some(Value::String(text)) => read_text((*path).to_owned(), text, None, rules, sites),
            Some(Value::Array(_)) => {
                let list = sites.begin_list();
                for (pointer, text) in texts("", object.value(), path) {
                    let leave = Leave::Item;
                    read_text(pointer, text, Some(Item { list, leave }), rules, sites);
                }
            }
            _ => {}
        }
    }
}

fn read_text<'a>(pointer: String, text: &'a str, item: Option<Item>, rules: &[usize], sites: &mut Sites<'a>) {
    if !has_dot(text) || sites.places.iter().any(|place| place.pointer == pointer) {
        return;
    }
    let place = sites.push_whole(pointer, text, Reach::OneLabel, Duty::Match, item);
    if let Some(place) = sites.places.get_mut(place) {
        place.rules = Some(rules.to_vec());
    }
    sites.push_route(place, None, String::new());
}
