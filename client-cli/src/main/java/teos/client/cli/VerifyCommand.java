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
        "Checks a receipt or a proof of misbehaviour, offline.",
        "No folder, key or tower is needed. It says what the file shows to anyone, and what nobody"
            + " should read into it.");
  }

  @Override
  public void configure(CommandSpec spec) {
    spec.addPositional(Command.path("FILE", "A file from receipts/ or proofs/."));
    spec.addOption(
        Flags.text(
            "--txid",
            "<txid>",
            "Also checks that the appointment is about this commitment, and shows the penalty's"
                + " txid"));
  }

  @Override
  public int run(ParseResult given, Context context) throws Exception {
    String file = given.matchedPositionalValue(0, "");
    Optional<Txid> commitment = Optional.empty();
    if (given.hasMatchedOption("--txid")) {
      commitment = Optional.of(txid(given.matchedOptionValue("--txid", "")));
    }
    VerificationReport verdict;
    try {
      verdict = Verifier.verify(Files.readString(Path.of(file)), commitment);
    } catch (MalformedException e) {
      return context
          .output()
          .error(
              ExitCode.NOT_VERIFIED,
              file + " is no receipt or proof as this program writes them: " + e.getMessage());
    } catch (CharacterCodingException e) {
      return context.output().error(ExitCode.NOT_VERIFIED, file + " is not UTF-8 text");
    } catch (InvalidPathException e) {
      throw new IOException("there is no file " + file, e);
    }
    context.output().print(json(verdict), table(verdict));
    return verdict.isVerified() ? ExitCode.OK.code() : ExitCode.NOT_VERIFIED.code();
  }

  private static Txid txid(String text) throws UsageException {
    try {
      return Txid.fromDisplayHex(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--txid: 64 hex digits are expected, not '" + text + "'");
    }
  }

  private static ObjectNode json(VerificationReport verdict) {
    ObjectNode json =
        JsonText.newObject()
            .put("verified", verdict.isVerified())
            .put("kind", verdict.kind())
            .put("tower_id", verdict.parties().tower().toHex())
            .put("user_id", verdict.parties().user().toHex())
            .put("dialect", DialectText.of(verdict.parties().dialect()));
    ArrayNode checks = json.putArray("checks");
    verdict
        .checks()
        .forEach(
            check ->
                checks.addObject().put("check", check.description()).put("holds", check.passed()));
    ArrayNode shows = json.putArray("shows");
    verdict.shows().forEach(shows::add);
    ArrayNode doesNotShow = json.putArray("does_not_show");
    verdict.doesNotShow().forEach(doesNotShow::add);
    return json;
  }

  private static Table table(VerificationReport verdict) {
    Table table =
        new Table()
            .row(verdict.isVerified() ? "VERIFIED" : "NOT VERIFIED", verdict.kind())
            .row("Tower", verdict.parties().tower())
            .row("User", verdict.parties().user());
    verdict
        .checks()
        .forEach(check -> table.row(check.passed() ? "ok" : "WRONG", check.description()));
    verdict.shows().forEach(line -> table.row("Shows", line));
    verdict.doesNotShow().forEach(line -> table.row("Does not show", line));
    return table;
  }
}
