#!/usr/bin/env bats
# The policy in the real kwctl: `make e2e-tests`. What a test does is in ../../e2e.bash.

load ../../e2e

@test "accept-with-a-warning" { check accept-with-a-warning; }
@test "accept" { check accept; }
@test "delete" { check delete; }
@test "lookup-not-found" { check lookup-not-found; }
@test "lookup" { check lookup; }
@test "mutate-ingress" { check mutate-ingress; }
@test "mutate-service" { check mutate-service; }
@test "reject-alias" { check reject-alias; }
@test "reject-placement" { check reject-placement; }
@test "reject" { check reject; }
@test "subresource" { check subresource; }
@test "update-old-violation" { check update-old-violation; }
@test "update-unchanged" { check update-unchanged; }

@test "every request has a test" { check_names e2e.bats; }
