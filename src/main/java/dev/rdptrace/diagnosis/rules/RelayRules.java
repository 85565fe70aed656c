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
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.mcs.DomainPdu;

/// Who answers is a service or a program that passes RDP on: whose word it is, and who has its log.
public final class RelayRules {
    public static final Signature AVD_GATEWAY = signature("avd-gateway", in(Phase.GATEWAY), by(Culprit.NONE));
    public static final Signature LOCAL_TUNNEL = signature("local-tunnel", anyPhase(), by(Culprit.UNKNOWN));

    public static final Signature WEB_FRONT_END = signature("web-front-end", anyPhase(), by(Culprit.NONE));

    /// What the server of Apache Guacamole calls itself unless it is told otherwise.
    private static final String GUACAMOLE = "Guacamole RDP";

    private RelayRules() {}

    /// The gateway is a service: who reads its logs is not who runs the host.
    static Answer virtualDesktop(Aside a) {
        Case c = a.c();
        return c.attempt().gateway() && c.leg().tls().forVirtualDesktop() && a.verdict().outcome().isTrouble()
                ? noted(AVD_GATEWAY, "this gateway is one of Azure Virtual Desktop or Windows 365: it has no log that you can read, the"
                        + " diagnostics of the service say what it refused, and the session host dials out to it as the client does",
                        c.at(Step.CLIENT_HELLO))
                : CLEAR;
    }

    /// Both ends have an address that never leaves a machine.
    static Answer oneMachine(Aside a) {
        Case c = a.c();
        return isLoopback(c.attempt().client()) && isLoopback(c.attempt().server()) && a.verdict().outcome().isTrouble()
                ? noted(LOCAL_TUNNEL, "client and server are one machine: what answers here is, as a rule, the near end of a tunnel or a"
                        + " forwarder, and what it resets, closes or leaves unanswered may be the far end's doing",
                        c.attempt().first())
                : CLEAR;
    }

    /// The client is no person's: that one sits at a browser, and the way from there is another connection.
    static Answer frontEnd(Aside a) {
        return !a.verdict().outcome().isTrouble() ? CLEAR : a.c().attempt().told(DomainPdu.ConnectInitial.class)
                .filter(event -> event.what() instanceof DomainPdu.ConnectInitial initial && initial.conference()
                        .find(ClientData.Core.class).filter(core -> core.clientName().equals(GUACAMOLE)).isPresent())
                .findFirst().map(event -> noted(WEB_FRONT_END, "the client is the server of Apache Guacamole: the person sits at a"
                        + " browser, and what that shows may have broken on the way from there, which is another connection", event.at()))
                .orElse(CLEAR);
    }

    /// RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3.
    private static boolean isLoopback(Endpoint end) {
        return end.isIpv4() ? end.address().startsWith("127.") : end.address().equals("::1");
    }
}
