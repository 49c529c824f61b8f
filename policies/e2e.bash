# What the `e2e.bats` of every policy share: the real kwctl runs the compiled policy on a request of `requests/`, and its whole
# answer must be the one in `expected/`. The patch is applied first, so the object is compared and not how the host wrote the patch.
#
# A request named `lookup*` has the settings `lookup.yml` and asks the cluster; what the cluster says is in `sessions/`, in the
# order of the questions. All others have `settings.yml` and must ask nobody.

KWCTL=${KWCTL:-kwctl}
# The host puts its backtraces into what it tells a policy.
export RUST_BACKTRACE=0

setup() {
    cd "$BATS_TEST_DIRNAME" || return 1
    command -v "$KWCTL" >/dev/null || skip "kwctl is not here; get it from https://github.com/kubewarden/kwctl or set KWCTL"
    command -v jq >/dev/null || { echo "jq is not here: install it" >&2; return 1; }
}

# The answer, in the words of `expected/`, with the object that the API server would store.
answer() { # REQUEST-FILE ANSWER-OF-KWCTL
    jq --null-input --sort-keys --slurpfile request "$1" --slurpfile answer "$2" '
        def steps: split("/")[1:] | map(gsub("~1"; "/") | gsub("~0"; "~"));
        def place($steps):
            reduce $steps[] as $step ({at: ., path: []};
                (if .at | type != "array" then $step elif $step == "-" then .at | length else $step | tonumber end) as $key
                | {at: (try .at[$key] catch null), path: (.path + [$key])})
            | .path;
        def patched($operations):
            reduce $operations[] as $operation (.;
                place($operation.path | steps) as $path
                | if $operation.op == "remove" then delpaths([$path])
                  elif $operation.op == "replace" then setpath($path; $operation.value)
                  elif $operation.op != "add" then error("the operation \($operation.op) is not known here")
                  elif getpath($path[:-1]) | type == "array"
                  then setpath($path[:-1]; getpath($path[:-1]) | .[:$path[-1]] + [$operation.value] + .[$path[-1]:])
                  else setpath($path; $operation.value) end);
        ($answer[0].patch // null | if . == null then [] else @base64d | fromjson end) as $patch
        | if any($patch[]; .path == "/metadata/namespace") then error("the patch moves the object to another namespace") else . end
        | {
            allowed: $answer[0].allowed,
            message: $answer[0].status.message,
            code: $answer[0].status.code,
            warnings: $answer[0].warnings,
            object: (if $patch == [] then null else $request[0].object | patched($patch) end)
          }
        | with_entries(select(.value != null))'
}

check() { # NAME
    local name=$1 settings=settings.yml replay=()
    if [[ $name == lookup* ]]; then
        settings=lookup.yml
        replay=(--allow-context-aware --replay-host-capabilities-interactions "sessions/$name.yml")
    fi
    "$KWCTL" run "${BATS_TEST_DIRNAME%/tests}/annotated-policy.wasm" --settings-path "$settings" --request-path "requests/$name.json" "${replay[@]}" \
        >"$BATS_TEST_TMPDIR/answer.json" 2>"$BATS_TEST_TMPDIR/log" || { cat "$BATS_TEST_TMPDIR/log"; return 1; }
    if grep --quiet 'have not been replayed' "$BATS_TEST_TMPDIR/log"; then
        cat "$BATS_TEST_TMPDIR/log"
        return 1
    fi
    answer "requests/$name.json" "$BATS_TEST_TMPDIR/answer.json" >"$BATS_TEST_TMPDIR/found.json"
    jq --sort-keys . "expected/$name.json" | diff --unified - "$BATS_TEST_TMPDIR/found.json"
}

# Every request has a test: a file that no test names would prove nothing.
check_names() { # TEST-FILE
    local file name
    for file in requests/*.json; do
        name=$(basename "$file" .json)
        grep --quiet --line-regexp --fixed-strings "@test \"$name\" { check $name; }" "$1" || { echo "no test for $file"; return 1; }
    done
}
