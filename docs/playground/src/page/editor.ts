// An editor for YAML: CodeMirror with what this page needs of it.
//
// Tab indents. Escape gives the key back to the page until something is typed, so that nobody is trapped.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import type { Mark } from "../protocol.js";
import { look } from "./look.js";

/** What is in `style-src`: CodeMirror writes its style sheet into the page. */
const NONCE = "boltrope-editor";

/** One text field. */
export class Editor {
  readonly view: EditorView;
  readonly #darkness = new Compartment();
  #isMarked = false;

  /** `changed` is called after every change by the user. */
  constructor(parent: HTMLElement, label: string, changed: () => void) {
    const prefersDark = matchMedia("(prefers-color-scheme: dark)");
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          shared(label, this.#darkness.of(EditorView.darkTheme.of(prefersDark.matches))),
          history(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          lintGutter(),
          keymap.of([
            { key: "Escape", run: (view) => (view.setTabFocusMode(true), false) },
            ...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab,
          ]),
          EditorView.contentAttributes.of({ "aria-describedby": "editor-help" }),
          EditorView.domEventHandlers({ blur: (_, view) => void view.setTabFocusMode(false) }),
          EditorView.updateListener.of(({ docChanged, view }) => {
            if (!docChanged) return;
            view.setTabFocusMode(false);
            changed();
          }),
        ],
      }),
    });
    prefersDark.addEventListener("change", ({ matches }) => {
      this.view.dispatch({ effects: this.#darkness.reconfigure(EditorView.darkTheme.of(matches)) });
    });
  }

  /** The whole text. */
  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Replaces the text; the old one can be had back with undo. */
  set text(text: string) {
    if (text === this.text) return;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    this.view.scrollDOM.scrollTop = 0;
  }

  /** Shows marks at their lines. */
  mark(marks: readonly Mark[]): void {
    if (marks.length === 0 && !this.#isMarked) return;
    this.#isMarked = marks.length > 0;
    const { doc } = this.view.state;
    this.view.dispatch(setDiagnostics(this.view.state, marks.map((mark) => diagnostic(mark, doc))));
  }

  /** Puts the cursor at a place and the focus into the editor. */
  visit(line: number, column: number): void {
    const anchor = offset(this.view.state.doc, line, column);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }
}

/** A text that is only read. */
export class Reader {
  readonly #view: EditorView;

  constructor(parent: HTMLElement, label: string) {
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [shared(label, []), EditorState.readOnly.of(true), keymap.of(defaultKeymap)],
      }),
    });
  }

  set text(text: string) {
    if (text === this.#view.state.doc.toString()) return;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }
}

function shared(label: string, darkness: Extension): Extension {
  return [
    EditorView.cspNonce.of(NONCE),
    darkness,
    look,
    lineNumbers(),
    foldGutter(),
    highlightSpecialChars(),
    drawSelection(),
    highlightSelectionMatches(),
    search({ top: true }),
    yaml(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    syntaxHighlighting(classHighlighter),
    keymap.of([...searchKeymap, ...foldKeymap]),
    // Editable content can be focused anyway; checkers know it by the attribute.
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
  ];
}

function diagnostic(mark: Mark, doc: Text): Diagnostic {
  const from = mark.line === undefined ? 0 : offset(doc, mark.line, mark.column ?? 1);
  const line = doc.lineAt(from);
  const rest = line.text.slice(from - line.from);
  const word = /^(?:"[^"]*"|'[^']*'|[^\s#,\]}]+)/.exec(rest)?.[0].length ?? rest.trimEnd().length;
  return {
    from,
    to: from + word,
    severity: mark.severity,
    message: [mark.message, mark.remedy].filter(Boolean).join("\n"),
    source: [mark.code, mark.about].filter(Boolean).join(" · "),
  };
}

/** Where a line (from 1) and a character in it (from 1) are; the package counts characters, JavaScript halves of them. */
function offset(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  let units = 0;
  for (const character of found.text) {
    if (column <= 1) break;
    column -= 1;
    units += character.length;
  }
  return found.from + units;
}
