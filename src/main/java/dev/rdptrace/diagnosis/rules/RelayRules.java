package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Answer.noted;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Aside;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;

/// Who answers is a service or a program that passes RDP on: whose word it is, and who has its log.
public final class RelayRules {
    public static final Signature AVD_GATEWAY = signature("avd-gateway", in(Phase.GATEWAY), by(Culprit.NONE));
    public static final Signature LOCAL_TUNNEL = signature("local-tunnel", anyPhase(), by(Culprit.UNKNOWN));

    private RelayRules() {}

    /// The gateway is a service: who reads its logs is not who runs the host.
    static Answer virtualDesktop(Aside a) {
        Case c = a.c();
        return c.attempt().gateway() && c.leg().tls().forVirtualDesktop() && a.verdict().outcome().isTrouble()
                ? noted(AVD_GATEWAY, "this gateway is one of Azure Virtual Desktop or Windows 365: it has no log that you can read, the"
                        + " diagnostics of the service say what it refused, and the session host dials out to it as the client does",
                        c.at(Step.CLIENT_HELLO)) : CLEAR;
    }

    /// Both ends have an address that never leaves a machine.
    static Answer oneMachine(Aside a) {
        Case c = a.c();
        return isLoopback(c.attempt().client()) && isLoopback(c.attempt().server()) && a.verdict().outcome().isTrouble()
                ? noted(LOCAL_TUNNEL, "client and server are one machine: what answers here is, as a rule, the near end of a tunnel or a"
                        + " forwarder, and what it resets, closes or leaves unanswered may be the far end's doing",
                        c.attempt().first()) : CLEAR;
    }

    /// RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3.
    private static boolean isLoopback(Endpoint end) {
        return end.isIpv4() ? end.address().startsWith("127.") : end.address().equals("::1");
    }
}
