package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.gcc.ClientData;
import dev.rdptrace.wire.gcc.ServerCertificate;
import dev.rdptrace.wire.gcc.ServerData;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.mcs.DomainPdu.AttachUserConfirm;
import dev.rdptrace.wire.mcs.DomainPdu.AttachUserRequest;
import dev.rdptrace.wire.mcs.DomainPdu.ChannelJoinConfirm;
import dev.rdptrace.wire.mcs.DomainPdu.ChannelJoinRequest;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectInitial;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectResponse;
import dev.rdptrace.wire.mcs.DomainPdu.DisconnectProviderUltimatum;
import dev.rdptrace.wire.mcs.DomainPdu.ErectDomainRequest;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataIndication;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataRequest;
import dev.rdptrace.wire.security.SecurityHeader;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.Capability;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.SessionInfo;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The PDUs from MCS Connect-Initial on, wherever they can be read: in the clear under Standard RDP Security, or
/// opened with keys. Under Standard RDP Security with encryption the share PDUs are sealed; their order and size tell.
final class InnerPdus {
    private static final int SEALED_ACTIVE = 200;

    private final Story story;
    private final boolean opened;

    private int connectResult = -1;
    private int attachResult = -1;
    private int joinsRequested;
    private int joinsConfirmed;
    private int joinFailures;
    private int encryptionOffered = -1;
    private int encryptionMethod = -1;
    private int encryptionLevel = -1;
    private int errorInfo;
    private Moment errorInfoAt = Moment.NEVER;
    private int licenseError = -1;
    private int licenseTransition = -1;
    private Side licenseErrorFrom = Side.SERVER;
    private int disconnectReason = -1;
    private Moment disconnectAt = Moment.NEVER;
    private Side disconnectFrom = Side.SERVER;
    private String redirectTarget = "";
    private boolean redirected;
    private List<String> channels = List.of();
    private int channelsGranted = -1;
    private long echoedRequested = -1;
    private long echoedSelected = -1;
    private int ioChannel = -1;
    private int messageChannel = -1;
    private int activations;
    private int sealedFromServer;
    private boolean beats;
    private boolean any;

    /// @param opened the PDUs were decrypted from TLS
    InnerPdus(Story story, boolean opened) {
        this.story = story;
        this.opened = opened;
    }

    /// The user data of one X.224 data TPDU.
    void accept(Side side, byte[] bytes, int offset, int length, Moment at) {
        switch (DomainPdu.decode(bytes, offset, length)) {
            case Decoded.Complete<DomainPdu>(var pdu, _) -> {
                any = true;
                domain(side, pdu, bytes, offset, at);
            }
            case Decoded.Partial<DomainPdu> _ ->
                story.event(at, side, Kind.UNEXPECTED, Phase.MCS, "an MCS PDU shorter than it says");
            case Decoded.Broken<DomainPdu>(var fault) ->
                story.event(at, side, Kind.UNEXPECTED, Phase.MCS, "an MCS PDU that cannot be read: " + fault);
        }
    }

    /// A fast-path PDU, which a server sends only once the session is up.
    void fastPath(Side side, Moment at) {
        if (side == Side.SERVER && story.has(Step.CONFIRM_ACTIVE) && !story.has(Step.FONT_MAP)) {
            up(at, "fast-path output: the session is up");
        }
    }

    private void domain(Side side, DomainPdu pdu, byte[] bytes, int offset, Moment at) {
        switch (pdu) {
            case ConnectInitial(_, _, _, _, _, _, var conference) -> {
                story.reached(Step.CONNECT_INITIAL, at);
                channels = conference.find(ClientData.Network.class)
                        .map(network -> network.channels().stream().map(ClientData.Channel::name).limit(32).toList())
                        .orElse(List.of());
                encryptionOffered = conference.find(ClientData.Security.class)
                        .map(security -> security.encryptionMethods() | security.extEncryptionMethods()).orElse(-1);
                echoedSelected = conference.find(ClientData.Core.class).map(ClientData.Core::serverSelectedProtocol).orElse(-1L);
                List<String> details = new ArrayList<>();
                conference.find(ClientData.Core.class)
                        .ifPresent(core -> details.add(core.desktopWidth() + "x" + core.desktopHeight()));
                if (!channels.isEmpty()) {
                    details.add("channels " + String.join(" ", channels));
                }
                event(side, at, Phase.MCS, Kind.MCS, "MCS Connect-Initial" + (details.isEmpty() ? "" : ", " + String.join(", ", details)),
                        "channels", channels, "connectInitial", parameters(pdu), "clientData", blocks(conference.blocks()));
            }
            case ConnectResponse(var result, _, _, var conference) -> {
                connectResult = result.code();
                conference.find(ServerData.Security.class).ifPresent(security -> {
                    encryptionMethod = security.encryptionMethod();
                    encryptionLevel = security.encryptionLevel();
                });
                echoedRequested = conference.find(ServerData.Core.class).map(ServerData.Core::clientRequestedProtocols).orElse(-1L);
                conference.find(ServerData.Network.class).ifPresent(network -> {
                    ioChannel = network.ioChannelId();
                    channelsGranted = network.channelIds().size();
                });
                messageChannel = conference.find(ServerData.MessageChannel.class).map(ServerData.MessageChannel::channelId).orElse(-1);
                if (result.isSuccess()) {
                    story.reached(Step.CONNECT_RESPONSE, at);
                }
                event(side, at, Phase.MCS, Kind.MCS, "MCS Connect-Response, " + result.name()
                        + conference.find(ServerData.Security.class).filter(ServerData.Security::encrypts).map(InnerPdus::encryption).orElse(""), "result", result.name(), "encryptionMethod",
                        encryptionMethod, "encryptionLevel", encryptionLevel, "connectResponse", parameters(pdu), "serverData",
                        blocks(conference.blocks()));
            }
            case ErectDomainRequest _ -> story.reached(Step.ERECT_DOMAIN, at);
            case AttachUserRequest _ -> {
                story.reached(Step.ATTACH_USER, at);
                event(side, at, Phase.MCS, Kind.MCS, "MCS Erect Domain, Attach User");
            }
            case AttachUserConfirm(var result, _) -> {
                attachResult = result.code();
                if (result.isSuccess()) {
                    story.reached(Step.ATTACH_CONFIRM, at);
                }
                event(side, at, Phase.MCS, Kind.MCS, "MCS Attach User Confirm, " + result.name(), "result", result.name());
            }
            case ChannelJoinRequest(_, var channel) -> {
                if (joinsRequested++ == 0) {
                    story.reached(Step.CHANNEL_JOIN, at);
                    event(side, at, Phase.MCS, Kind.MCS, "MCS channel joins begin", "channel", channel);
                }
            }
            case ChannelJoinConfirm(var result, _, var requested, _) -> {
                if (result.isSuccess()) {
                    joinsConfirmed++;
                    story.reached(Step.CHANNELS_JOINED, at);
                    story.again(Step.CHANNELS_JOINED, at);
                } else {
                    joinFailures++;
                    event(side, at, Phase.MCS, Kind.MCS, "MCS Channel Join refused for channel " + requested + ", " + result.name(), "channel",
                            requested, "result", result.name());
                }
            }
            case SendDataRequest(_, var channel, var at2, var length) -> data(side, channel, bytes, offset + at2, length, at);
            case SendDataIndication(_, var channel, var at2, var length) -> data(side, channel, bytes, offset + at2, length, at);
            case DisconnectProviderUltimatum(var reason) -> {
                if (!disconnectAt.seen()) {
                    disconnectReason = reason.code();
                    disconnectAt = at;
                    disconnectFrom = side;
                }
                event(side, at, story.has(Step.FONT_MAP) ? Phase.SESSION : Phase.MCS, Kind.DISCONNECT,
                        "MCS Disconnect Provider Ultimatum, " + reason.name(), "reason", reason.name());
            }
            case DomainPdu.Other(var choice) ->
                event(side, at, Phase.MCS, Kind.UNEXPECTED, "MCS PDU " + choice + ", which RDP does not use");
        }
    }

    private void data(Side side, int channel, byte[] bytes, int offset, int length, Moment at) {
        if (ioChannel >= 0 && channel != ioChannel && channel != messageChannel) {
            return; // a virtual channel: nothing of the handshake
        }
        // Under TLS a share PDU has no security header; under Standard RDP Security everything has one.
        boolean noHeader = encryptionMethod == 0 || opened;
        if (noHeader && SharePdu.isShare(bytes, offset, length)) {
            shares(side, bytes, offset, length, at);
            return;
        }
        if (!story.has(Step.CLIENT_INFO) || length < 4 || !noHeader || !story.has(Step.FONT_MAP)) {
            switch (SecurityPdu.decode(bytes, offset, length)) {
                case Decoded.Complete<SecurityPdu>(var pdu, _) -> security(side, pdu, at);
                case Decoded.Partial<SecurityPdu> _, Decoded.Broken<SecurityPdu> _ -> {
                    // Data of a virtual channel, which has no share header: nothing of the handshake.
                }
            }
        }
    }

    private void security(Side side, SecurityPdu pdu, Moment at) {
        switch (pdu) {
            case SecurityPdu.SecurityExchange(_, var length) -> {
                story.reached(Step.SECURITY_EXCHANGE, at);
                event(side, at, Phase.SECURITY, Kind.SECURITY, "Security Exchange", "bytes", length, "security", Fields.of(pdu.header()));
            }
            case SecurityPdu.Info(_, var info) -> {
                story.reached(Step.CLIENT_INFO, at);
                event(side, at, Phase.INFO, Kind.SECURITY, "Client Info" + (info.userName().isEmpty() ? "" : ", user "
                        + (info.domain().isEmpty() ? "" : info.domain() + "\\") + info.userName()), "security", Fields.of(pdu.header()), "clientInfo",
                        Fields.of(info));
            }
            case SecurityPdu.License(var header, var license) -> license(side, header, license, at);
            case SecurityPdu.AutoDetectRequest(_, var request) ->
                event(side, at, Phase.INFO, Kind.SECURITY, "network auto-detect: " + request.typeName(), "security",
                        Fields.of(pdu.header()), "autoDetect", Fields.of(request));
            case SecurityPdu.AutoDetectResponse(_, var response) -> {
                if (!story.has(Step.FONT_MAP)) {
                    event(side, at, Phase.INFO, Kind.SECURITY, "network auto-detect: " + response.typeName(), "security",
                            Fields.of(pdu.header()), "autoDetect", Fields.of(response));
                }
            }
            case SecurityPdu.InitiateMultitransportRequest request ->
                event(side, at, Phase.LICENSING, Kind.SECURITY, "Initiate Multitransport Request, " + request.requestedProtocolName(),
                        "multitransport", Fields.of(request));
            case SecurityPdu.InitiateMultitransportResponse response ->
                event(side, at, Phase.LICENSING, Kind.SECURITY, "Initiate Multitransport Response, "
                        + dev.rdptrace.bytes.Hex.code32(response.hrResponse()), "multitransport", Fields.of(response));
            case SecurityPdu.Heartbeat heartbeat -> {
                if (!beats) {
                    beats = true;
                    event(side, at, phaseNow(), Kind.SECURITY, "heartbeat every " + heartbeat.period() + " s", "heartbeat", Fields.of(heartbeat));
                }
            }
            case SecurityPdu.StandardRedirection(_, var redirection) -> redirected(side, redirection, at);
            case SecurityPdu.Encrypted(var header, var length) -> sealed(side, header, length, at);
            case SecurityPdu.Clear(_, var share) -> share(side, share, at);
        }
    }

    /// Encrypted by Standard RDP Security: the flags of the header stay clear.
    private void sealed(Side side, SecurityHeader header, int length, Moment at) {
        if (header.has(SecurityHeader.INFO_PKT)) {
            story.reached(Step.CLIENT_INFO, at);
            event(side, at, Phase.INFO, Kind.SECURITY, "Client Info (encrypted)", "bytes", length, "security", Fields.of(header));
        } else if (header.has(SecurityHeader.LICENSE_PKT)) {
            story.reached(Step.LICENSE, at);
            event(side, at, Phase.LICENSING, Kind.LICENSE, "licensing (encrypted)", "bytes", length, "security", Fields.of(header));
        } else if (header.has(SecurityHeader.REDIRECTION_PKT)) {
            redirected = true;
            event(side, at, Phase.SESSION, Kind.SHARE, "Server Redirection (encrypted)", "bytes", length, "security", Fields.of(header));
        } else if (!story.has(Step.FONT_MAP)) {
            sealedByOrder(side, header, length, at);
        }
    }

    /// Which PDU it is only its place can tell; in doubt it is one of many.
    private void sealedByOrder(Side side, SecurityHeader header, int length, Moment at) {
        Object[] details = {"bytes", length, "security", Fields.of(header)};
        boolean active = length >= SEALED_ACTIVE;
        if (side == Side.SERVER && active && story.has(Step.CLIENT_INFO) && story.inferred(Step.DEMAND_ACTIVE, at)) {
            activations++;
            event(side, at, Phase.ACTIVATION, Kind.SHARE, "Demand Active (encrypted, judged by order)", details);
        } else if (side == Side.CLIENT && active && story.has(Step.DEMAND_ACTIVE) && story.inferred(Step.CONFIRM_ACTIVE, at)) {
            event(side, at, Phase.ACTIVATION, Kind.SHARE, "Confirm Active (encrypted, judged by order)", details);
        } else if (side == Side.SERVER && !active && story.has(Step.CONFIRM_ACTIVE) && ++sealedFromServer >= 4) {
            up(at, "Font Map, session is up (encrypted, judged by order)", details);
        } else {
            event(side, at, phaseNow(), Kind.SECURITY, story.has(Step.CONFIRM_ACTIVE) ? "finalization (encrypted)"
                    : "encrypted PDU of " + length + " bytes", details);
        }
    }

    private void license(Side side, SecurityHeader header, LicensePdu pdu, Moment at) {
        Map<String, Object> fields = Fields.of((Record) pdu, all -> {
            all.put("kind", Fields.kind((Record) pdu));
            all.put("type", LicensePdu.type(pdu));
        });
        Object[] details = {"security", Fields.of(header), "license", fields};
        if (side == Side.SERVER) {
            story.reached(Step.LICENSE, at);
        }
        switch (pdu) {
            case LicensePdu.ErrorAlert alert -> {
                if (alert.isValidClient()) {
                    story.reached(Step.LICENSE_DONE, at);
                    event(side, at, Phase.LICENSING, Kind.LICENSE, "licensing: client is valid", details);
                } else {
                    licenseError = alert.errorCode();
                    licenseTransition = alert.stateTransition();
                    licenseErrorFrom = side;
                    event(side, at, Phase.LICENSING, Kind.LICENSE,
                            "licensing error " + alert.errorName() + ", " + alert.stateTransitionName(), details);
                }
            }
            case LicensePdu.NewLicense _, LicensePdu.UpgradeLicense _ -> {
                story.reached(Step.LICENSE_DONE, at);
                event(side, at, Phase.LICENSING, Kind.LICENSE, "licence issued", details);
            }
            case LicensePdu.LicenseRequest _ -> event(side, at, Phase.LICENSING, Kind.LICENSE, "Server License Request", details);
            case LicensePdu.PlatformChallenge _ -> event(side, at, Phase.LICENSING, Kind.LICENSE, "Server Platform Challenge", details);
            case LicensePdu.LicenseInformation _ -> event(side, at, Phase.LICENSING, Kind.LICENSE, "Client License Information", details);
            case LicensePdu.NewLicenseRequest _ -> event(side, at, Phase.LICENSING, Kind.LICENSE, "Client New License Request", details);
            case LicensePdu.PlatformChallengeResponse _ ->
                event(side, at, Phase.LICENSING, Kind.LICENSE, "Client Platform Challenge Response", details);
            case LicensePdu.Unknown unknown -> event(side, at, Phase.LICENSING, Kind.LICENSE, "licensing PDU of type " + unknown.type(), details);
        }
    }

    private void shares(Side side, byte[] bytes, int offset, int length, Moment at) {
        int used = 0;
        while (used < length && SharePdu.isShare(bytes, offset + used, length - used)
                && SharePdu.decode(bytes, offset + used, length - used) instanceof Decoded.Complete<SharePdu>(var pdu, var size)
                && size > 0) {
            share(side, pdu, at);
            used += size;
        }
    }

    private void share(Side side, SharePdu pdu, Moment at) {
        switch (pdu) {
            case SharePdu.DemandActive demand -> {
                activations++;
                story.reached(Step.LICENSE_DONE, at);
                story.reached(Step.DEMAND_ACTIVE, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, "Demand Active, " + demand.capabilities().size() + " capability sets",
                        "demandActive", capabilities(demand, demand.capabilities()));
            }
            case SharePdu.ConfirmActive confirm -> {
                story.reached(Step.CONFIRM_ACTIVE, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, "Confirm Active, " + confirm.capabilities().size() + " capability sets",
                        "confirmActive", capabilities(confirm, confirm.capabilities()));
            }
            case SharePdu.DeactivateAll _ -> event(side, at, phaseNow(), Kind.SHARE, "Deactivate All");
            case SharePdu.ServerRedirection(_, var redirection) -> redirected(side, redirection, at);
            case SharePdu.Data data -> body(side, data, at);
            case SharePdu.Flow _ -> { }
            case SharePdu.Unknown unknown -> event(side, at, phaseNow(), Kind.UNEXPECTED, "share PDU of type " + unknown.type());
        }
    }

    private void body(Side side, SharePdu.Data data, Moment at) {
        switch (data.body()) {
            case DataPdu.Synchronize _ -> event(side, at, Phase.ACTIVATION, Kind.SHARE, "Synchronize", "share", share(data));
            case DataPdu.Control control -> event(side, at, Phase.ACTIVATION, Kind.SHARE, "Control, " + control.actionName(), "share", share(data));
            case DataPdu.FontList _ -> {
                story.reached(Step.FONT_LIST, at);
                event(side, at, Phase.ACTIVATION, Kind.SHARE, "Font List", "share", share(data));
            }
            case DataPdu.FontMap _ -> up(at, "Font Map, session is up", "share", share(data));
            case DataPdu.PersistentKeyList _ -> event(side, at, Phase.ACTIVATION, Kind.SHARE, "Persistent Key List", "share", share(data));
            case DataPdu.SetErrorInfo(var error) -> {
                if (!error.isNone()) {
                    errorInfo = error.code();
                    errorInfoAt = at;
                    event(side, at, phaseNow(), Kind.ERROR_INFO, "Set Error Info " + error.name() + ": " + error.meaning(), "code",
                            dev.rdptrace.bytes.Hex.code32(error.code()), "name", error.name(), "meaning", error.meaning(),
                            "advice", error.advice(), "share", share(data));
                }
            }
            case DataPdu.Status(var status) -> event(side, at, phaseNow(), Kind.SHARE, "Status Info " + status.name(), "share", share(data));
            case DataPdu.AutoReconnectStatus _ -> event(side, at, phaseNow(), Kind.SHARE, "auto-reconnect failed");
            case DataPdu.SaveSession(var info) -> {
                if (info instanceof SessionInfo.Extended extended && extended.logonErrors()) {
                    event(side, at, Phase.SESSION, Kind.SHARE, "logon notice: " + extended.errorTypeName() + ", " + extended.errorDataName(),
                            "sessionInfo", Fields.of(extended));
                } else {
                    event(side, at, Phase.SESSION, Kind.SHARE, "Save Session Info: logged on", "sessionInfo", Fields.of((Record) info));
                }
            }
            case DataPdu.ShutdownRequest _ -> event(side, at, Phase.SESSION, Kind.DISCONNECT, "Shutdown Request");
            case DataPdu.ShutdownDenied _ -> event(side, at, Phase.SESSION, Kind.DISCONNECT, "Shutdown Request Denied");
            case DataPdu.Compressed _, DataPdu.Other _ -> { }
        }
    }

    private void redirected(Side side, dev.rdptrace.wire.share.Redirection redirection, Moment at) {
        redirected = true;
        redirectTarget = redirection.targetNetAddress().isEmpty() ? redirection.targetFqdn() : redirection.targetNetAddress();
        event(side, at, phaseNow(), Kind.SHARE, "Server Redirection" + (redirectTarget.isEmpty() ? "" : " to " + redirectTarget), "target",
                redirectTarget, "redirection", Fields.of(redirection));
    }

    private void up(Moment at, String says, Object... details) {
        story.reached(Step.FONT_MAP, at);
        event(Side.SERVER, at, Phase.SESSION, Kind.SHARE, says, details);
    }

    /// `, encryption 128BIT, level HIGH, certificate signed with the public key of the specification, RSA 512 bits`
    private static String encryption(ServerData.Security security) {
        return ", encryption " + security.encryptionMethodName() + ", level " + security.encryptionLevelName()
                + security.certificate().map(certificate -> switch (certificate) {
                    case ServerCertificate.Proprietary own -> ", proprietary certificate, RSA " + own.keyBits() + " bits" + (own.signed() ? "" : ", not signed");
                    case ServerCertificate.X509Chain chain -> ", X.509 certificate"
                            + (chain.certificates().isEmpty() ? " chain without certificates" : x509(chain.certificates().getLast().toArray()));
                    case ServerCertificate.Unknown unknown -> ", certificate of version " + unknown.version();
                }).orElse(", without a certificate");
    }

    private static String x509(byte[] der) {
        return switch (CertificateFacts.of(der)) {
            case Decoded.Complete<CertificateFacts>(var facts, _) ->
                " of " + facts.commonName() + ", " + facts.keyAlgorithm() + " " + facts.keyBits() + " bits";
            case Decoded.Partial<CertificateFacts> _, Decoded.Broken<CertificateFacts> _ -> " that cannot be read";
        };
    }

    // ---- fields ----

    /// The domain parameters without the conference, which stands by itself.
    private static Map<String, Object> parameters(DomainPdu pdu) {
        return Fields.of((Record) pdu, fields -> fields.remove("conference"));
    }

    /// Data blocks by their kind: `core`, `security`, `network`.
    private static Map<String, Object> blocks(List<? extends Object> blocks) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Object block : blocks) {
            if (block instanceof Record record) {
                fields.putIfAbsent(Fields.kind(record), Fields.of(record));
            }
        }
        return fields;
    }

    private static Map<String, Object> capabilities(Record pdu, List<Capability> sets) {
        return Fields.of(pdu, fields -> fields.put("numberCapabilities", sets.size()));
    }

    private static Map<String, Object> share(SharePdu.Data data) {
        return Fields.of(data, fields -> fields.put("body", Fields.of((Record) data.body())));
    }

    private Phase phaseNow() {
        if (story.has(Step.FONT_MAP)) {
            return Phase.SESSION;
        }
        return story.has(Step.DEMAND_ACTIVE) ? Phase.ACTIVATION : story.has(Step.CLIENT_INFO) ? Phase.LICENSING : Phase.MCS;
    }

    private void event(Side side, Moment at, Phase phase, Kind kind, String says, Object... details) {
        story.event(at, side, kind, phase, says, details);
    }

    /// Was anything read?
    boolean any() {
        return any;
    }

    /// What sizes alone tell.
    static InnerFacts unread(SizeReader sizes) {
        boolean errorBySize = sizes.errorInfoAt().seen() && sizes.ultimatumAt().seen();
        return new InnerFacts(-1, -1, sizes.joinsRequested(), sizes.joinsConfirmed(), 0, -1, -1, -1, errorBySize ? -1 : 0,
                errorBySize ? sizes.errorInfoAt() : Moment.NEVER, -1, -1, Side.SERVER, -1, sizes.ultimatumAt(),
                sizes.ultimatumFrom(), "", false, List.of(), 0, false, -1, -1, -1);
    }

    /// What was learnt; what only sizes told comes from `sizes`.
    InnerFacts facts(SizeReader sizes) {
        if (!any) {
            return unread(sizes);
        }
        if (!disconnectAt.seen() && sizes.ultimatumAt().seen()) {
            disconnectAt = sizes.ultimatumAt(); // the last records did not open
            disconnectFrom = sizes.ultimatumFrom();
        }
        return new InnerFacts(connectResult, attachResult, joinsRequested, joinsConfirmed, joinFailures, encryptionOffered, encryptionMethod, encryptionLevel,
                errorInfo, errorInfoAt, licenseError, licenseTransition, licenseErrorFrom, disconnectReason, disconnectAt, disconnectFrom,
                redirectTarget, redirected, channels, activations, true, channelsGranted, echoedRequested, echoedSelected);
    }
}
