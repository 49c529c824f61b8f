//! The Makefile holds verbs, not logic: at most 60 lines, at most 5 per target.

use super::Problem;
use std::path::Path;

const MAX_LINES: usize = 60;
const MAX_TARGET_LINES: usize = 5;

pub(super) fn check(path: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        let message = format!("{lines} lines, at most {MAX_LINES}: move logic into crates/xtask");
        problems.push(Problem::error(path, None, message));
    }
    let mut target: Option<(usize, usize)> = None;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('\t') {
            if let Some((start, length)) = &mut target {
                *length += 1;
                if *length == MAX_TARGET_LINES + 1 {
                    let message =
                        format!("a target of more than {MAX_TARGET_LINES} lines: move it into crates/xtask");
                    problems.push(Problem::error(path, Some(*start), message));
                }
            }
        } else {
            // The target's own line counts too.
            target = Some((index + 1, 1));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_target_of_six_lines_and_accepts_five() {
        let five = "a:\n\t1\n\t2\n\t3\n\t4\n\nb:\n\t1\n";
        assert_eq!(check(Path::new("Makefile"), five), vec![]);
        let six = "a:\n\t1\n\t2\n\t3\n\t4\n\t5\n\t6\n";
        assert_eq!(check(Path::new("Makefile"), six).len(), 1);
    }

    #[test]
    fn refuses_a_long_makefile() {
        assert_eq!(check(Path::new("Makefile"), &"\n".repeat(61)).len(), 1);
        assert_eq!(check(Path::new("Makefile"), &"\n".repeat(60)).len(), 0);
    }
}
