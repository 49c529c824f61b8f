//! Tokens to a tree: `||` binds weakest, then `&&`, then `!`, as in Go.

use super::lexer::{Kind, Token, tokens};
use super::{Argument, Call, Expression, Matcher, RuleError};

/// Parentheses and `!` inside each other; far above any rule a person writes, far below the stack.
const DEPTH_LIMIT: usize = 64;
/// Bytes of a rule.
const LENGTH_LIMIT: usize = 16 * 1024;

/// Reads a whole rule.
pub(super) fn parse(rule: &str) -> Result<Expression, RuleError> {
    if rule.len() > LENGTH_LIMIT {
        return Err(RuleError::new(
            LENGTH_LIMIT,
            &format!("the rule is longer than {LENGTH_LIMIT} bytes: split it into routes"),
        ));
    }
    let tokens = tokens(rule)?;
    let mut parser = Parser {
        tokens: &tokens,
        end: rule.len(),
        depth: 0,
    };
    let expression = parser.any()?;
    match parser.tokens.first() {
        None => Ok(expression),
        Some(token) if token.kind == Kind::Break => Err(RuleError::new(
            parser.tokens.get(1).map_or(rule.len(), |next| next.span.start),
            "the rule ended on the line before: end that line with `&&` or `||`",
        )),
        Some(token) => Err(RuleError::new(
            token.span.start,
            "the rule is complete before this: join the parts with `&&` or `||`",
        )),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn sees(&self, kind: &Kind) -> bool {
        self.tokens.first().is_some_and(|token| token.kind == *kind)
    }

    fn at(&self) -> usize {
        self.tokens.first().map_or(self.end, |token| token.span.start)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.sees(kind);
        if found {
            self.next();
        }
        found
    }

    fn any(&mut self) -> Result<Expression, RuleError> {
        self.chain(&Kind::Or, Self::all, Expression::Any)
    }

    fn all(&mut self) -> Result<Expression, RuleError> {
        self.chain(&Kind::And, Self::unary, Expression::All)
    }

    fn chain(
        &mut self,
        operator: &Kind,
        operand: fn(&mut Self) -> Result<Expression, RuleError>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression, RuleError> {
        let mut last = operand(self)?;
        let mut operands = Vec::new();
        while self.take(operator) {
            operands.push(last);
            last = operand(self)?;
        }
        if operands.is_empty() {
            return Ok(last);
        }
        operands.push(last);
        Ok(join(operands))
    }

    fn unary(&mut self) -> Result<Expression, RuleError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(RuleError::new(
                self.at(),
                &format!("more than {DEPTH_LIMIT} parentheses or `!` inside each other"),
            ));
        }
        let at = self.at();
        let expression = match self.next().map(|token| &token.kind) {
            Some(Kind::Not) => Expression::Not(Box::new(self.unary()?)),
            Some(Kind::Open) => {
                let inside = self.any()?;
                self.close(at)?;
                inside
            }
            Some(Kind::Name(name)) => Expression::Call(Box::new(self.call(name, at)?)),
            other => {
                let problem = match other {
                    Some(Kind::Text(_)) => {
                        "a string stands alone: write a matcher such as Host(`app.example.com`)"
                    }
                    Some(_) => "a matcher is missing here: write one such as Host(`app.example.com`)",
                    None => "the rule ends too early: a matcher such as Host(`app.example.com`) must follow",
                };
                return Err(RuleError::new(at, problem));
            }
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn call(&mut self, name: &str, at: usize) -> Result<Call, RuleError> {
        let Some((name, matcher)) = Matcher::named(name) else {
            let known = Matcher::names();
            let problem = format!("`{name}` is no matcher of Traefik: write one of {known}");
            return Err(RuleError::new(at, &problem));
        };
        let open = self.at();
        if !self.take(&Kind::Open) {
            return Err(RuleError::new(
                open,
                &format!("`{name}` needs arguments: write {name}(`...`)"),
            ));
        }
        let mut arguments = Vec::new();
        while !self.sees(&Kind::Close) {
            let argument = self.at();
            let Some(Token {
                kind: Kind::Text(value),
                span,
            }) = self.next()
            else {
                return Err(RuleError::new(
                    argument,
                    "an argument must be quoted: write it in backticks",
                ));
            };
            if value.is_empty() {
                return Err(RuleError::new(argument, "the argument is empty"));
            }
            arguments.push(Argument {
                value: value.clone(),
                span: span.start + 1..span.end.saturating_sub(1),
            });
            if !self.take(&Kind::Comma) {
                break;
            }
        }
        self.close(open)?;
        if arguments.is_empty() {
            return Err(RuleError::new(
                open,
                &format!("`{name}` needs at least one argument: write {name}(`...`)"),
            ));
        }
        Ok(Call {
            name,
            matcher,
            arguments,
        })
    }

    fn close(&mut self, open: usize) -> Result<(), RuleError> {
        let at = self.at();
        if self.take(&Kind::Close) {
            return Ok(());
        }
        let column = open + 1;
        let problem = if self.sees(&Kind::Break) {
            format!(
                "a line ends inside the parenthesis of column {column}: end it with `,`, `&&` or `||`, or write the rule on one line"
            )
        } else {
            format!("the parenthesis of column {column} is not closed before this")
        };
        Err(RuleError::new(at, &problem))
    }
}
