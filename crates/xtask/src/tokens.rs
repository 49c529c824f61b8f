//! Rust source as a flat list of tokens, with the test-only items marked.
//!
//! Tokens see through what a line search cannot: `use std::{fs, net}`, paths inside macro calls, and the word
//! `std::fs` in a comment or a string, which is not a call.

use anyhow::anyhow;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::ops::RangeInclusive;

/// One token: an identifier, one punctuation character, or a bracket. Literals are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// The identifier, the punctuation character or the bracket.
    pub(crate) text: String,
    /// The line it starts on, counted from 1.
    pub(crate) line: usize,
}

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The tokens outside test-only items.
    pub(crate) tokens: Vec<Token>,
    /// The lines of the items under `#[cfg(test)]`.
    pub(crate) test_lines: Vec<RangeInclusive<usize>>,
    /// The modules declared `#[cfg(test)] mod NAME;`, whose files are tests.
    pub(crate) test_modules: Vec<String>,
}

impl Source {
    /// Lexes one file.
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let stream: TokenStream = text.parse().map_err(|error| anyhow!("not Rust: {error}"))?;
        let mut source = Self::default();
        source.walk(stream);
        Ok(source)
    }

    /// How many of the file's lines are not tests.
    pub(crate) fn lines_without_tests(&self, text: &str) -> usize {
        let lines = text.lines().count();
        (1..=lines)
            .filter(|line| !self.test_lines.iter().any(|range| range.contains(line)))
            .count()
    }

    fn walk(&mut self, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut position = 0;
        while let Some(tree) = trees.get(position) {
            if let Some(end) = test_item_end(&trees, position) {
                self.skip(trees.get(position..=end).unwrap_or_default());
                position = end + 1;
                continue;
            }
            self.keep(tree);
            position += 1;
        }
    }

    fn keep(&mut self, tree: &TokenTree) {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                self.tokens.push(Token {
                    text: open.to_owned(),
                    line,
                });
                self.walk(group.stream());
                self.tokens.push(Token {
                    text: close.to_owned(),
                    line: group.span_close().end().line,
                });
            }
            TokenTree::Ident(ident) => self.tokens.push(Token {
                text: ident.to_string(),
                line,
            }),
            TokenTree::Punct(punct) => self.tokens.push(Token {
                text: punct.as_char().to_string(),
                line,
            }),
            TokenTree::Literal(_) => {}
        }
    }

    fn skip(&mut self, item: &[TokenTree]) {
        let (Some(first), Some(last)) = (item.first(), item.last()) else {
            return;
        };
        self.test_lines
            .push(first.span().start().line..=last.span().end().line);
        let words: Vec<String> = item.iter().map(ToString::to_string).collect();
        if let [.., keyword, name, end] = words.as_slice()
            && keyword == "mod"
            && end == ";"
        {
            self.test_modules.push(name.clone());
        }
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Where the item that starts at `position` with `#[cfg(test)]` ends: at its `;` or its `{ }`.
fn test_item_end(trees: &[TokenTree], position: usize) -> Option<usize> {
    if !is_test_attribute(trees.get(position)?, trees.get(position + 1)?) {
        return None;
    }
    let mut end = position + 2;
    loop {
        match trees.get(end) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => return Some(end),
            Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => return Some(end),
            Some(_) => end += 1,
            None => return Some(end.saturating_sub(1)),
        }
    }
}

fn is_test_attribute(hash: &TokenTree, body: &TokenTree) -> bool {
    let (TokenTree::Punct(hash), TokenTree::Group(body)) = (hash, body) else {
        return false;
    };
    if hash.as_char() != '#' || body.delimiter() != Delimiter::Bracket {
        return false;
    }
    let mut inside = body.stream().into_iter();
    let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(condition))) = (inside.next(), inside.next())
    else {
        return false;
    };
    name == "cfg" && requires_test(condition.stream())
}

/// `test`, or `all(.., test, ..)`: conditions that hold in test builds only. `not(test)` and `any(test, ..)` do not.
fn requires_test(condition: TokenStream) -> bool {
    let trees: Vec<TokenTree> = condition.into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(inner)] if name == "all" => {
            let parts: Vec<TokenTree> = inner.stream().into_iter().collect();
            parts
                .split(|part| matches!(part, TokenTree::Punct(comma) if comma.as_char() == ','))
                .any(|part| requires_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Source::read(text)
            .unwrap()
            .tokens
            .into_iter()
            .map(|token| token.text)
            .collect()
    }

    #[test]
    fn leaves_out_test_modules_and_counts_their_lines() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n";
        let source = Source::read(text).unwrap();
        assert_eq!(source.test_lines, vec![2..=5]);
        assert_eq!(source.lines_without_tests(text), 2);
        assert!(!words(text).contains(&"b".to_owned()));
        assert!(words(text).contains(&"c".to_owned()));
    }

    #[test]
    fn names_the_test_modules_that_have_a_file() {
        let source = Source::read("mod a;\n#[cfg(all(test, unix))]\nmod tests;\nmod b;\n").unwrap();
        assert_eq!(source.test_modules, vec!["tests".to_owned()]);
        assert!(source.tokens.iter().any(|token| token.text == "b"));
    }

    #[test]
    fn keeps_what_also_runs_outside_tests() {
        for condition in ["not(test)", "any(test, fuzzing)", "feature = \"test\""] {
            let kept = words(&format!("#[cfg({condition})] fn kept() {{}}"));
            assert!(kept.contains(&"kept".to_owned()), "{condition}");
        }
    }

    #[test]
    fn sees_neither_comments_nor_strings() {
        assert!(
            words("// std::fs\n/// std::fs\nconst A: &str = \"std::fs\";")
                .iter()
                .all(|word| word != "std")
        );
    }
}
