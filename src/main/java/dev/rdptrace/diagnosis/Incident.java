package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.diagnosis.JudgedAttempt.RunnerUp;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.incident.MainConnection;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.SideTransport;
import java.util.List;
import java.util.Optional;

/// One user's try, judged.
///
/// @param headline the attempt whose verdict stands for all
/// @param verdict that verdict, or what the attempts together say
/// @param excluded what cannot be the cause, and why
/// @param nextLook machine, log and time to look at next
/// @param fixes what to do, most likely first
/// @param overUdp what the client set up over UDP beside them, [MS-RDPEUDP]
/// @param compared what a second capture of the try adds
public record Incident(Endpoint client, Endpoint server, Finding verdict, JudgedAttempt headline, List<RunnerUp> alternatives,
        List<Excluded> excluded, List<Warning> warnings, List<String> nextLook, List<String> fixes, List<ClientCode> clientCodes,
        List<JudgedAttempt> attempts, List<SideTransport> overUdp, Optional<SecondCapture> compared) {

    public record Excluded(String says, String because, List<Long> frames) {
        public Excluded {
            says = Printable.sentence(says);
            because = Printable.sentence(because);
        }
    }

    /// The connection of the try that a transport over UDP belongs to; none where the capture does not have it.
    public Optional<MainConnection> owner(SideTransport udp) {
        return MainConnection.owner(attempts.stream().map(JudgedAttempt::attempt).filter(attempt -> !attempt.overUdp())
                .map(MainConnection::of).toList(), udp);
    }

    public Outcome outcome() {
        return verdict.outcome();
    }

    /// Time of the first packet.
    public long firstNanos() {
        return attempts.getFirst().attempt().first().nanos();
    }
}
