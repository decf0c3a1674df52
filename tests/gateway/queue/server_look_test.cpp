#include "queue/server_look.h"

#include <fstream>

#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct DocumentedKey {
  std::string name;
  std::string kind;
};

/// Of FORMAT.md's table of keys: "| `{lq}:rec:<id>` | hash | …".
std::vector<DocumentedKey> documentedKeys() {
  std::vector<DocumentedKey> keys;
  std::ifstream page(LIANQIAO_SOURCE_DIR "/gateway/queue/FORMAT.md");
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `{lq}:")) continue;
    const std::size_t name = line.find('`') + 1, end = line.find('`', name);
    const std::size_t kind = line.find(" | ", end) + 3;
    keys.push_back(
        {line.substr(name, end - name), line.substr(kind, line.find_first_of(" ,:", kind) - kind)});
  }
  return keys;
}

class ServerLook : public QueueTest {};

TEST_F(ServerLook, TakesEveryKeyThatTheFormatNamesForOurs) {
  const Keys keys("lq");
  const auto documented = documentedKeys();
  ASSERT_GT(documented.size(), 20u);
  auto connection = raw();
  for (const DocumentedKey& key : documented) {
    // A running queue may have made it.
    ASSERT_TRUE(connection->call({"DEL", key.name}).ok());
    const bool made = key.kind == "hash" ? connection->call({"HSET", key.name, "a", "1"}).ok()
                      : key.kind == "stream"
                          ? connection->call({"XADD", key.name, "*", "a", "1"}).ok()
                      : key.kind == "set"  ? connection->call({"SADD", key.name, "a"}).ok()
                      : key.kind == "zset" ? connection->call({"ZADD", key.name, "0", "a"}).ok()
                      : key.kind == "list" ? connection->call({"RPUSH", key.name, "a"}).ok()
                                           : connection->call({"SET", key.name, "1"}).ok();
    ASSERT_TRUE(made) << key.name;
  }
  const auto foreign = foreignKeys(*connection, keys);
  ASSERT_TRUE(foreign.ok());
  EXPECT_THAT(*foreign, IsEmpty());
}

TEST_F(ServerLook, AForeignKeyInItsPlaceIsNoLayout) {
  const auto connection = raw();
  ASSERT_TRUE(connection->call({"DEL", "{lq}:format"}).ok());
  ASSERT_TRUE(connection->call({"RPUSH", "{lq}:format", "a"}).ok());
  const auto layout = layoutOf(*connection, Keys("lq"));
  ASSERT_TRUE(layout.ok());
  EXPECT_EQ(*layout, std::nullopt);
}

TEST_F(ServerLook, TakesALedgerInBothForms) {
  const auto connection = raw();
  ASSERT_TRUE(connection->call({"SET", "{lq}:dup:hotline:1", "a"}).ok());
  ASSERT_TRUE(connection->call({"HSET", "{lq}:dup:hotline:2", "a", "1"}).ok());
  const auto foreign = foreignKeys(*connection, Keys("lq"));
  ASSERT_TRUE(foreign.ok());
  EXPECT_THAT(*foreign, IsEmpty());
}

TEST_F(ServerLook, NamesKeysOfAnotherKind) {
  auto connection = raw();
  ASSERT_TRUE(connection->call({"SET", "{lq}:rec:1", "no hash"}).ok());
  EXPECT_THAT(*foreignKeys(*connection, Keys("lq")), ElementsAre("{lq}:rec:1"));
}

}  // namespace
}  // namespace lianqiao::queue
