#include "cli/commands.h"

#include <array>

namespace lianqiao::cli {

std::span<const Command> commands() {
  static constexpr std::array<Command, 20> kCommands{{
      {"run", "[--config DIR]", "Runs the gateway until SIGTERM or SIGINT.", runGateway},
      {"check", "--config DIR [--format text|json]",
       "Checks a configuration and names every error at once; exit 0 clean, 1 errors or warnings "
       "(with these a gateway starts).",
       runCheck},
      {"doctor", "--config DIR [--network] [--format text|json]",
       "Looks for what would keep a gateway from starting or from its promises, and says what to "
       "do; exit 0 no FAIL, 1 one.",
       runDoctor},
      {"describe", "[ADAPTER…] [--format text|json|markdown] [--lang en|zh] [--plugins DIR]",
       "Tells what adapters are and which settings they take.", runDescribe},
      {"map", "--config DIR --peer PEER [--raw] [--format text|json] FILE",
       "Shows what a sample file of a peer becomes, or why not; exit 0 all well, 3 some not.",
       runMap},
      {"mock",
       "--config DIR [--peer PEER]… [--records N] [--fail PERCENT] [--gateway URL] [--listen "
       "ADDRESS:PORT]",
       "Plays the platforms of the peers, to try a configuration without them.", runMock},
      {"status", "[--config DIR | --data DIR] [--peer P] [--watch] [--format text|json]",
       "Shows every peer of the running gateway, worst first, or one whole.", runStatus},
      {"reload", "[--config DIR | --data DIR] [--format text|json]",
       "Lets the running gateway take up its changed configuration; exit 0 all applied, 1 "
       "something not.",
       runReload},
      {"resume", "[--config DIR | --data DIR] [--format text|json] PEER",
       "Once a peer is well again: ends its rest, makes its retries due, and gives what ended this "
       "node's process three times one more try.",
       runResume},
      {"release", "[--config DIR | --data DIR] [--format text|json] PEER PATH",
       "Delivers what status names as held, as it is now, and its changes from now on.",
       runRelease},
      {"trail", "[--config DIR | --data DIR] [--raw] [--format text|json] ID",
       "Tells the story of a record by any id: ours, a peer's, a receipt, a key.", runTrail},
      {"find",
       "[--config DIR | --data DIR] [WORD…] [--id X] [--phone N] [--region R] [--peer P] [--type "
       "T] "
       "[--state S] [--since T] [--until T] [--limit N] [--after A] [--format text|json]",
       "Finds records of all years: by any id, a telephone or id number or its last four, words.",
       runFind},
      {"show",
       "[--config DIR | --data DIR] [--raw] [--normalized] [--sent] [--answer] [--reason TEXT] "
       "[--format text|json] ID",
       "Shows all that the history knows of one record or exception; with a reason, which is kept, "
       "in clear.",
       runShow},
      {"report",
       "[--config DIR | --data DIR] [--period P] [--list FIGURE [--row N]] [--format "
       "text|json|csv] [NAME]",
       "Counts what came in a period as reports.yaml declares, or lists what is behind a figure.",
       runReport},
      {"history",
       "[--config DIR | --data DIR] [--format text|json] verify | rebuild --reason WHY | erase "
       "--number N --reason WHY [--by WHO]",
       "Reads all of the history for damage; makes up gaps from the queue; blanks what is kept of "
       "one person.",
       runHistory},
      {"exceptions",
       "[--config DIR | --data DIR] [--peer P] [--code C] [--since T] [--until T] [--limit N] "
       "[--raw] [--format text|json]",
       "Lists what a person must look at, by cause.", runExceptions},
      {"replay",
       "[--config DIR | --data DIR] [--preview] [--force] [--rate N] [--limit N] [--format "
       "text|json] EXCEPTION… | [--peer P] [--code C] "
       "[--since T] [--until T] | --all",
       "Takes exceptions up again after their cause was mended; exit 0 all, 3 some not.",
       runReplay},
      {"resend",
       "[--config DIR | --data DIR] --by NAME --reason TEXT [--preview] [--rate N] [--as-new] "
       "[--again] [--format text|json] ID… | --list FILE | --peer P --day D [--type T] | --go-on "
       "LIST",
       "Sends again what was delivered, under the same idempotency keys; exit 0 all, 3 some not.",
       runResend},
      {"reconcile",
       "[--config DIR | --data DIR] --peer PEER --day YYYY-MM-DD [--direction out|in] [--fetch | "
       "--send --by NAME --reason TEXT [--preview] [--rate N]] [--format text|json|csv]",
       "Compares a day with the other side and names what either lacks; exit 0 equal, 3 not.",
       runReconcile},
      {"close", "[--config DIR | --data DIR] --reason TEXT [--format text|json] EXCEPTION…",
       "Discards exceptions that nobody will mend, for good; exit 0 all, 3 some are no exceptions.",
       runClose},
  }};
  return kCommands;
}

}  // namespace lianqiao::cli
