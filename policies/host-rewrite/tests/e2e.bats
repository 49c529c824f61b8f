#!/usr/bin/env bats
# The policy in the real kwctl: `make e2e-tests`. What a test does is in ../../e2e.bash.

load ../../e2e

@test "accept-other-namespace" { check accept-other-namespace; }
@test "accept" { check accept; }
@test "delete" { check delete; }
@test "lookup-other-namespace" { check lookup-other-namespace; }
@test "lookup-without-answer" { check lookup-without-answer; }
@test "lookup" { check lookup; }
@test "mutate-httproute" { check mutate-httproute; }
@test "mutate-ingressroute" { check mutate-ingressroute; }
@test "mutate" { check mutate; }
@test "reject" { check reject; }
@test "subresource" { check subresource; }
@test "update-old-violation" { check update-old-violation; }
@test "update-unchanged" { check update-unchanged; }

@test "every request has a test" { check_names e2e.bats; }
