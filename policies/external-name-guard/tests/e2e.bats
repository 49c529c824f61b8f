#!/usr/bin/env bats
# The policy in the real kwctl: `make e2e-tests`. What a test does is in ../../e2e.bash.

load ../../e2e

@test "accept-no-alias" { check accept-no-alias; }
@test "accept" { check accept; }
@test "delete" { check delete; }
@test "lookup-not-found" { check lookup-not-found; }
@test "lookup-refused" { check lookup-refused; }
@test "lookup" { check lookup; }
@test "reject-metadata-server" { check reject-metadata-server; }
@test "reject" { check reject; }
@test "subresource" { check subresource; }
@test "update-old-violation" { check update-old-violation; }
@test "update-unchanged" { check update-unchanged; }

@test "every request has a test" { check_names e2e.bats; }
