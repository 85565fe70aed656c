package dev.rdptrace.report;

import static dev.rdptrace.bytes.Identity.EXCERPT;
import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.bytes.Identity.NAME;
import static dev.rdptrace.bytes.Identity.TEXT;
import static dev.rdptrace.bytes.Identity.USER;

import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.wire.credssp.AuthToken;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.credssp.Mechanism;
import dev.rdptrace.wire.credssp.Ntlm;
import dev.rdptrace.wire.credssp.Spnego;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.field.Status;
import dev.rdptrace.wire.field.WindowsTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What the tokens of security packages say, in words and in fields.
final class TokenText {
    private final List<String> says = new ArrayList<>();
    private final Map<String, Object> fields = new LinkedHashMap<>();

    String says() {
        return String.join(", ", says);
    }

    Map<String, Object> fields() {
        return fields;
    }

    void says(String more) {
        says.add(more);
    }

    void field(String name, Object value) {
        fields.put(name, value);
    }

    void error(NtStatus error) {
        var code = Status.of(error.code());
        fields.put("errorCode", Hex.code32(error.code()));
        fields.put("errorName", code.name());
        says.add("error " + EventText.named(code));
    }

    void token(AuthToken token) {
        switch (token) {
            case Spnego.Init init -> {
                List<String> names = init.mechanisms().stream().map(Mechanism::name).toList();
                Map<String, Object> spnego = map("spnego");
                spnego.put("mechanisms", names);
                spnego.put("mechanismOids", init.mechanisms().stream().map(Mechanism::oid).toList());
                says.add("SPNEGO offers " + String.join(" ", names));
                init.mechToken().ifPresent(this::token);
            }
            case Spnego.Response response -> {
                Map<String, Object> spnego = map("spnego");
                Fields.put(spnego, "negState", response.negStateName());
                response.supportedMech().ifPresent(mechanism -> {
                    spnego.put("supportedMech", mechanism.name());
                    spnego.put("supportedMechOid", mechanism.oid());
                    says.add("SPNEGO chooses " + mechanism.name());
                });
                if (response.negState() == Spnego.Response.REJECT) {
                    says.add("SPNEGO reject");
                }
                response.responseToken().ifPresent(this::token);
            }
            case Ntlm ntlm -> ntlm(ntlm);
            case Kerberos kerberos -> kerberos(kerberos);
            case AuthToken.Unknown unknown -> {
                Fields.put(fields, "excerpt", EXCERPT.of(unknown.begins()));
                says.add("a token of " + unknown.length() + " bytes" + (unknown.begins().isEmpty() ? "" : " that begins with "
                        + EXCERPT.of(unknown.begins())));
            }
            case AuthToken.Unreadable unreadable -> says.add("a token that cannot be read: " + unreadable.fault());
        }
    }

    private Map<String, Object> map(String name) {
        Map<String, Object> map = new LinkedHashMap<>();
        fields.put(name, map);
        return map;
    }

    private void ntlm(Ntlm message) {
        Map<String, Object> ntlm = map("ntlm");
        switch (message) {
            case Ntlm.Negotiate negotiate -> {
                ntlm.put("message", "NEGOTIATE");
                flags(ntlm, negotiate);
                Fields.put(ntlm, "domain", NAME.of(negotiate.domain()));
                Fields.put(ntlm, "workstation", HOST.of(negotiate.workstation()));
                version(ntlm, negotiate.version());
                says.add("NTLM NEGOTIATE"
                        + (negotiate.workstation().isEmpty() ? "" : " from "
                                + host(negotiate.domain(), negotiate.workstation())));
            }
            case Ntlm.Challenge challenge -> {
                Ntlm.Attributes target = challenge.target();
                ntlm.put("message", "CHALLENGE");
                flags(ntlm, challenge);
                Fields.put(ntlm, "targetName", HOST.of(challenge.targetName()));
                attributes(ntlm, target);
                version(ntlm, challenge.version());
                String host = target.dnsComputer().isEmpty() ? target.netBiosComputer() : target.dnsComputer();
                says.add("NTLM CHALLENGE from " + HOST.of(host.isEmpty() ? challenge.targetName() : host) + domain(target)
                        + challenge.version().map(v -> ", Windows " + v.major() + "." + v.minor() + " build " + v.build()).orElse(""));
                clock(target.timeNanos());
            }
            case Ntlm.Authenticate authenticate -> {
                ntlm.put("message", "AUTHENTICATE");
                flags(ntlm, authenticate);
                Fields.put(ntlm, "domain", NAME.of(authenticate.domain()));
                Fields.put(ntlm, "user", USER.of(authenticate.userName()));
                Fields.put(ntlm, "workstation", HOST.of(authenticate.workstation()));
                ntlm.put("response", authenticate.response().name());
                ntlm.put("sessionKey", authenticate.sessionKey());
                ntlm.put("mic", authenticate.mic());
                if (authenticate.response() == Ntlm.Response.NTLM_V2) {
                    attributes(ntlm, authenticate.client());
                    time(ntlm, "clientTime", authenticate.clientTimeNanos());
                }
                version(ntlm, authenticate.version());
                says.add("NTLM AUTHENTICATE " + (authenticate.isAnonymous() ? "anonymous"
                        : "as " + EventText.user(authenticate.domain(), authenticate.userName()))
                        + (authenticate.workstation().isEmpty() ? "" : " from " + HOST.of(authenticate.workstation()))
                        + switch (authenticate.response()) {
                            case NONE -> ", no response";
                            case NTLM_V1, NTLM_V1_EXTENDED -> ", NTLMv1";
                            case NTLM_V2 -> ", NTLMv2";
                        });
            }
        }
    }

    private void clock(long nanos) {
        if (nanos != WindowsTime.UNKNOWN) {
            says.add("its clock " + Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L)));
        }
    }

    private static void flags(Map<String, Object> ntlm, Ntlm message) {
        ntlm.put("flags", Hex.code32(message.flags()));
        ntlm.put("flagNames", message.flagNames());
    }

    private static String domain(Ntlm.Attributes target) {
        String domain = target.dnsDomain().isEmpty() ? target.netBiosDomain() : target.dnsDomain();
        return domain.isEmpty() || domain.equalsIgnoreCase(target.netBiosComputer()) || domain.equalsIgnoreCase(target.dnsComputer())
                ? "" : " in " + NAME.of(domain);
    }

    private static void time(Map<String, Object> to, String name, long nanos) {
        if (nanos != WindowsTime.UNKNOWN) {
            to.put(name, Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L)).toString());
        }
    }

    private static void version(Map<String, Object> to, Optional<Ntlm.Version> version) {
        version.ifPresent(v -> {
            to.put("version", v.major() + "." + v.minor() + " build " + v.build());
            to.put("versionMajor", v.major());
            to.put("versionMinor", v.minor());
            to.put("versionBuild", v.build());
            to.put("versionRevision", v.revision());
        });
    }

    private static void attributes(Map<String, Object> to, Ntlm.Attributes attributes) {
        Fields.put(to, "netBiosComputer", HOST.of(attributes.netBiosComputer()));
        Fields.put(to, "netBiosDomain", NAME.of(attributes.netBiosDomain()));
        Fields.put(to, "dnsComputer", HOST.of(attributes.dnsComputer()));
        Fields.put(to, "dnsDomain", NAME.of(attributes.dnsDomain()));
        Fields.put(to, "dnsTree", NAME.of(attributes.dnsTree()));
        if (attributes.flags() != -1) {
            to.put("avFlags", Hex.code32(attributes.flags()));
        }
        time(to, "time", attributes.timeNanos());
        Fields.put(to, "spn", Identity.service(attributes.targetName()));
        if (attributes.channelBindings() != Ntlm.ChannelBindings.ABSENT) {
            to.put("channelBindings", attributes.channelBindings().name().toLowerCase(Locale.ROOT));
        }
    }

    private void kerberos(Kerberos message) {
        Map<String, Object> kerberos = map("kerberos");
        switch (message) {
            case Kerberos.ApRequest request -> {
                kerberos.put("message", "AP-REQ");
                kerberos.put("mutual", request.mutualRequired());
                kerberos.put("useSessionKey", request.useSessionKey());
                ticket(kerberos, request.ticket());
                kerberos.put("authenticatorType", Kerberos.ETYPES.of(request.authenticatorType()));
                says.add("Kerberos AP-REQ with a ticket for " + name(request.ticket()) + ", " + request.ticket().encryptionTypeName()
                        + (request.useSessionKey() ? ", user to user" : ""));
            }
            case Kerberos.ApReply reply -> {
                kerberos.put("message", "AP-REP");
                kerberos.put("encryptionType", Kerberos.ETYPES.of(reply.encryptionType()));
                says.add("Kerberos AP-REP");
            }
            case Kerberos.Error error -> {
                kerberos.put("message", "KRB-ERROR");
                kerberos.put("errorCode", error.error().code());
                kerberos.put("errorName", error.error().name());
                Fields.put(kerberos, "realm", NAME.of(error.realm()));
                Fields.put(kerberos, "serverName", Identity.service(error.serverName()));
                Fields.put(kerberos, "clientRealm", NAME.of(error.clientRealm()));
                Fields.put(kerberos, "clientName", Identity.account(error.clientName()));
                Fields.put(kerberos, "text", TEXT.of(error.text()));
                time(kerberos, "serverTime", error.serverTimeNanos());
                time(kerberos, "clientTime", error.clientTimeNanos());
                says.add("Kerberos error " + EventText.named(error.error()));
                clock(error.serverTimeNanos());
            }
            case Kerberos.TgtRequest request -> {
                kerberos.put("message", "TGT-REQ");
                Fields.put(kerberos, "serverName", Identity.service(request.serverName()));
                Fields.put(kerberos, "realm", NAME.of(request.realm()));
                says.add("Kerberos user to user: asks for the server's ticket"
                        + (request.serverName().isEmpty() ? "" : ", " + Identity.service(request.serverName())));
            }
            case Kerberos.TgtReply reply -> {
                kerberos.put("message", "TGT-REP");
                ticket(kerberos, reply.ticket());
                says.add("Kerberos user to user: the server's ticket, " + name(reply.ticket()));
            }
            case Kerberos.KdcRequest _,Kerberos.KdcReply _,Kerberos.Other _ -> {
                kerberos.put("message", "other");
                says.add("another Kerberos message");
            }
        }
    }

    private static String host(String domain, String name) {
        return (domain.isEmpty() ? "" : NAME.of(domain) + "\\") + HOST.of(name);
    }

    private static String name(Kerberos.Ticket ticket) {
        return Identity.service(ticket.serverName()) + "@" + NAME.of(ticket.realm());
    }

    private static void ticket(Map<String, Object> to, Kerberos.Ticket ticket) {
        Fields.put(to, "realm", NAME.of(ticket.realm()));
        Fields.put(to, "serverName", Identity.service(ticket.serverName()));
        to.put("encryptionType", ticket.encryptionTypeName());
        Fields.put(to, "keyVersion", ticket.keyVersion());
    }
}
