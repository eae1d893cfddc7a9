package teos.client.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import teos.client.evidence.DialectText;
import teos.client.evidence.VerificationReport;
import teos.client.evidence.Verifier;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.protocol.Txid;

final class VerifyCommand implements Command {

  @Override
  public String name() {
    return "verify";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Verifies a receipt or a proof of misbehaviour, offline.",
        "Needs no folder, key or tower. Prints what the file proves to anyone, and what it does not"
            + " prove.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.path("FILE", "A file from receipts/ or proofs/"));
    spec.addOption(
        Flags.text(
            "--txid",
            "<txid>",
            "Also checks that the appointment is for this commitment, and shows the penalty's"
                + " txid"));
  }

  @Override
  public int run(ParseResult parsed, Context context) throws Exception {
    String file = parsed.matchedPositionalValue(0, "");
    Optional<Txid> commitment = Optional.empty();
    if (parsed.hasMatchedOption("--txid")) {
      commitment = Optional.of(txid(parsed.matchedOptionValue("--txid", "")));
    }
    VerificationReport report;
    try {
      report = Verifier.verify(Files.readString(Path.of(file)), commitment);
    } catch (MalformedException e) {
      return context
          .output()
          .error(ExitCode.NOT_VERIFIED, file + " is not a receipt or proof: " + e.getMessage());
    } catch (CharacterCodingException e) {
      return context.output().error(ExitCode.NOT_VERIFIED, file + " is not UTF-8 text");
    } catch (InvalidPathException e) {
      throw new IOException("file not found: " + file, e);
    }
    context.output().print(json(report), table(report));
    return report.isVerified() ? ExitCode.OK.code() : ExitCode.NOT_VERIFIED.code();
  }

  private static Txid txid(String text) throws UsageException {
    try {
      return Txid.fromDisplayHex(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--txid: 64 hex digits are expected, not '" + text + "'");
    }
  }

  private static ObjectNode json(VerificationReport report) {
    ObjectNode json =
        JsonText.newObject()
            .put("verified", report.isVerified())
            .put("kind", report.kind())
            .put("tower_id", report.parties().tower().toHex())
            .put("user_id", report.parties().user().toHex())
            .put("dialect", DialectText.of(report.parties().dialect()));
    ArrayNode checks = json.putArray("checks");
    report
        .checks()
        .forEach(
            check ->
                checks.addObject().put("check", check.description()).put("holds", check.passed()));
    ArrayNode shows = json.putArray("shows");
    report.shows().forEach(shows::add);
    ArrayNode doesNotShow = json.putArray("does_not_show");
    report.doesNotShow().forEach(doesNotShow::add);
    return json;
  }

  private static Table table(VerificationReport report) {
    Table table =
        new Table()
            .row(report.isVerified() ? "VERIFIED" : "NOT VERIFIED", report.kind())
            .row("Tower", report.parties().tower())
            .row("User", report.parties().user());
    report
        .checks()
        .forEach(check -> table.row(check.passed() ? "ok" : "WRONG", check.description()));
    report.shows().forEach(line -> table.row("Shows", line));
    report.doesNotShow().forEach(line -> table.row("Does not show", line));
    return table;
  }
}
