package dev.rdptrace.diagnosis;

import dev.rdptrace.incident.MainConnection;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.Door;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.Companions.Lookup;
import dev.rdptrace.timeline.Companions.Sweep;
import dev.rdptrace.timeline.SideTransport;
import dev.rdptrace.wire.credssp.KerberosError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// [Companions] by the host they are about: every try asks for those of its own two.
public final class CompanionsByHost {
    /// Services whose tickets RDP needs: the logon itself and the host ([MS-CSSP] 3.1.5).
    private static final List<String> SERVICES = List.of("krbtgt/", "termsrv/");

    private final Map<String, List<Door>> doors;
    private final Map<String, List<Contact>> contacts;
    private final Map<String, List<SideTransport>> sideTransports;
    private final Map<String, List<SideTransport>> named = new HashMap<>();
    private final Map<String, List<Lookup>> answers;
    private final Map<String, List<Sweep>> sweeps;
    private final List<KerberosTrouble> kerberosErrors;
    private final Set<String> resolved = new HashSet<>();

    CompanionsByHost(Companions all) {
        doors = by(Door::host, all.doors());
        contacts = by(Contact::client, all.contacts());
        sideTransports = by(transport -> transport.client().address(), all.sideTransports());
        all.sideTransports().forEach(transport -> MainConnection.names(transport)
                .forEach(name -> named.computeIfAbsent(name, _ -> new ArrayList<>(2)).add(transport)));
        answers = by(Lookup::client, all.lookups().stream().filter(lookup -> lookup.answered().seen() && !lookup.addresses().isEmpty())
                .toList());
        sweeps = by(Sweep::client, all.sweeps());
        kerberosErrors = all.kerberosErrors();
        all.lookups().forEach(lookup -> resolved.addAll(lookup.addresses()));
    }

    private static <T> Map<String, List<T>> by(Function<T, String> host, List<T> all) {
        Map<String, List<T>> groups = new HashMap<>();
        all.forEach(one -> groups.computeIfAbsent(host.apply(one), _ -> new ArrayList<>(2)).add(one));
        return groups;
    }

    /// TCP ports of a host that were asked for anywhere in the capture.
    public List<Door> doors(String host) {
        return doors.getOrDefault(host, List.of());
    }

    /// Of whom a host asked for many ports at once.
    public List<Sweep> sweeps(String host) {
        return sweeps.getOrDefault(host, List.of());
    }

    /// Whom a host turned to as a client, in the order of [Companions#contacts()].
    public List<Contact> contacts(String host) {
        return contacts.getOrDefault(host, List.of());
    }

    /// What a host set up over UDP as a client, in the order of [Companions#sideTransports()].
    public List<SideTransport> sideTransports(String host) {
        return sideTransports.getOrDefault(host, List.of());
    }

    /// What was set up over UDP, from wherever, and names the main connection that is called so, see [MainConnection#names].
    public List<SideTransport> sideTransportsOf(String name) {
        return named.getOrDefault(name, List.of());
    }

    /// The last question of a client that was answered by `nanos` and whose answer holds addresses.
    public Optional<Lookup> lastAnswered(String client, long nanos) {
        return answers.getOrDefault(client, List.of()).reversed().stream().filter(lookup -> lookup.answered().nanos() <= nanos).findFirst();
    }

    /// Some answer of the name service holds this address.
    public boolean resolved(String address) {
        return resolved.contains(address);
    }

    /// What domain controllers refused a client from one time to another, in order, apart from tickets for services that have nothing
    /// to do with RDP.
    public List<KerberosTrouble> refusedTickets(String client, long from, long to) {
        return kerberosErrors.stream().filter(trouble -> trouble.at().nanos() >= from && trouble.at().nanos() <= to
                && trouble.client().equals(client) && !new KerberosError(trouble.code()).asksAgain() && ofRdp(trouble.service())).toList();
    }

    private static boolean ofRdp(String service) {
        String name = service.toLowerCase(Locale.ROOT);
        return name.indexOf('/') < 0 || SERVICES.stream().anyMatch(name::startsWith);
    }

    /// Another TCP port of the server that somebody asked for around the attempt: one that answered before others.
    public Optional<Door> otherDoor(Attempt attempt) {
        long from = attempt.first().nanos() - Limits.OTHER_PORT_NANOS;
        long to = attempt.last().nanos() + Limits.OTHER_PORT_NANOS;
        Optional<Door> found = Optional.empty();
        for (Door door : doors(attempt.server().address())) {
            long at = door.answered().seen() ? door.answered().nanos() : door.asked().nanos();
            if (door.port() != attempt.server().port() && at >= from && at <= to
                    && (found.isEmpty() || !found.get().answered().seen() && (door.answered().seen() || door.refused().seen()))) {
                found = Optional.of(door);
            }
        }
        return found;
    }

    /// A port of a domain controller that the server of the attempt knocked at meanwhile without an answer.
    public Optional<Contact> askedInVain(Attempt attempt) {
        return contacts(attempt.server().address()).stream().filter(contact -> !contact.udp() && contact.inVain()
                && contact.last().nanos() >= attempt.first().nanos() && contact.first().nanos() <= attempt.last().nanos()).findFirst();
    }

    /// A domain controller that did not answer the client around the attempt, while no other did.
    public Optional<Contact> deafController(Attempt attempt) {
        long from = attempt.first().nanos() - Limits.KERBEROS_NANOS;
        long to = attempt.last().nanos();
        Optional<Contact> deaf = Optional.empty();
        for (Contact contact : contacts(attempt.client().address())) {
            boolean then = contact.port() == 88 && contact.last().nanos() >= from && contact.first().nanos() <= to;
            if (then && contact.answered().seen()) {
                return Optional.empty();
            }
            if (then && contact.inVain() && deaf.isEmpty()) {
                deaf = Optional.of(contact);
            }
        }
        return deaf;
    }
}
