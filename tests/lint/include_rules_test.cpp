#include "lint/include_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> found(std::string path, std::string text) {
  return includeViolations({std::move(path), std::move(text)});
}

TEST(IncludeRules, HoldInTheWholeTree) {
  const auto sources = sourcesBelow({"gateway", "plugins"});
  ASSERT_GT(sources.size(), 30U);
  for (const SourceFile& source : sources) {
    EXPECT_THAT(includeViolations(source), IsEmpty());
    EXPECT_THAT(callViolations(source), IsEmpty());
    EXPECT_THAT(threadViolations(source), IsEmpty());
  }
}

TEST(IncludeRules, NameFileLineAndRule) {
  EXPECT_THAT(
      found("gateway/record/a.cpp", "#include \"record/a.h\"\n#include \"storage/work_queue.h\"\n"),
      ElementsAre("gateway/record/a.cpp:2: storage/work_queue.h is included; record/ may include "
                  "lianqiao/, record/, schema/, base/ only"));
}

TEST(IncludeRules, KeepIntakeAndDeliveryApart) {
  EXPECT_EQ(found("gateway/intake/a.cpp", "#include \"delivery/worker.h\"").size(), 1U);
  EXPECT_EQ(found("gateway/delivery/a.cpp", "#  include \"intake/service.h\"").size(), 1U);
  EXPECT_THAT(
      found("gateway/runtime/a.cpp", "#include \"intake/a.h\"\n#include \"delivery/a.h\"\n"),
      IsEmpty());
}

TEST(IncludeRules, GiveTheQueueNothingOfTheConfigurationButItsStructs) {
  EXPECT_THAT(found("gateway/queue/a.h", "#include \"config/gateway_config.h\""), IsEmpty());
  EXPECT_EQ(found("gateway/queue/a.h", "#include \"config/yaml_node.h\"").size(), 1U);
}

TEST(IncludeRules, LeaveAdaptersTheSdkAndTheKit) {
  EXPECT_THAT(found("plugins/webhook/webhook.cpp",
                    "#include \"lianqiao/adapter.h\"\n#include \"webhook/form.h\"\n#include "
                    "\"form.h\"\n#include <vector>\n"),
              IsEmpty());
  EXPECT_THAT(found("plugins/webhook/webhook.cpp", "#include \"base/clock.h\""),
              ElementsAre("plugins/webhook/webhook.cpp:1: base/clock.h is included; an adapter "
                          "includes lianqiao/*.h, kit/ and its own folder only"));
  EXPECT_THAT(found("plugins/webhook/webhook.cpp", "#include \"kit/answers/answer_rules.h\""),
              IsEmpty());
  EXPECT_THAT(found("plugins/kit/mock/a.cpp", "#include \"kit/answers/words.h\""), IsEmpty());
  EXPECT_THAT(found("plugins/kit/mock/a.cpp", "#include \"webhook/webhook_sink.h\""),
              ElementsAre("plugins/kit/mock/a.cpp:1: webhook/webhook_sink.h is included; the kit "
                          "includes lianqiao/*.h and its own folder only"));
  EXPECT_EQ(found("gateway/delivery/a.cpp", "#include \"kit/answers/words.h\"").size(), 1U)
      << "the gateway stands on no adapter's parts";
  EXPECT_EQ(found("plugins/webhook/webhook.cpp", "#include \"hotline12345/form.h\"").size(), 1U);
  EXPECT_THAT(found("plugins/webhook/tests/webhook_test.cpp", "#include \"conformance/a.h\""),
              IsEmpty());
}

TEST(IncludeRules, KeepTheKitOutOfWhatIsCopiedIntoOtherTrees) {
  EXPECT_THAT(found("plugins/template/template.cpp", "#include \"lianqiao/adapter.h\""), IsEmpty());
  EXPECT_EQ(found("plugins/template/template.cpp", "#include \"kit/mock/ledger.h\"").size(), 1U);
  EXPECT_EQ(found("plugins/template/template.cpp", "#include \"kit/xml/xml_parser.h\"").size(), 1U);
}

TEST(IncludeRules, KeepWhatPlaysAPlatformOutOfWhatTalksToOne) {
  for (const char* header : {"kit/mock/ledger.h", "kit/sheet/workbook_writer.h"}) {
    const std::string include = "#include \"" + std::string(header) + "\"";
    EXPECT_EQ(found("plugins/file_drop/folder_sink.cpp", include).size(), 1U);
    EXPECT_THAT(found("plugins/file_drop/mock_office.cpp", include), IsEmpty());
    EXPECT_THAT(found("plugins/file_drop/tests/sink_test.cpp", include), IsEmpty());
  }
  EXPECT_THAT(found("plugins/file_drop/row.h", "#include \"kit/sheet/column_name.h\""), IsEmpty());
}

TEST(IncludeRules, KeepThirdPartiesBehindTheirFences) {
  const std::pair<std::string, std::string> inside[] = {
      {"gateway/sdk/src/digest.cpp", "openssl/evp.h"},
      {"gateway/http/tls_server.cpp", "openssl/ssl.h"},
      {"gateway/yaml/yaml_reader.cpp", "yaml-cpp/yaml.h"},
      {"gateway/redis/redis_connection.cpp", "hiredis/hiredis.h"},
      {"gateway/plugin/shared_library.cpp", "dlfcn.h"},
      {"plugins/kit/xml/xml_parser.cpp", "expat.h"},
      {"gateway/http/http_head.cpp", "boost/beast/http.hpp"},
      {"gateway/http/http_client.cpp", "Poco/Net/StreamSocket.h"},
  };
  for (const auto& [path, header] : inside) {
    EXPECT_THAT(found(path, "#include <" + header + ">"), IsEmpty()) << path;
    EXPECT_EQ(found("gateway/config/other.cpp", "#include <" + header + ">").size(), 1U) << header;
    EXPECT_EQ(found("plugins/webhook/webhook.cpp", "#include <" + header + ">").size(), 1U)
        << header;
  }
}

TEST(IncludeRules, LeaveHttpToTheHousesOwnClientAndServer) {
  EXPECT_THAT(found("gateway/http/http_client.cpp", "#include <Poco/Net/HTTPClientSession.h>"),
              ElementsAre("gateway/http/http_client.cpp:1: Poco/Net/HTTPClientSession.h is "
                          "included; Poco/Net/HTTP stays out"));
  EXPECT_EQ(found("gateway/admin/client.cpp", "#include <Poco/Net/DNS.h>").size(), 1U);
}

TEST(IncludeRules, KeepThreadsSocketsAndClocksOutOfThePipeline) {
  EXPECT_EQ(found("gateway/pipeline/a.cpp", "#include <thread>").size(), 1U);
  EXPECT_EQ(found("gateway/pipeline/a.cpp", "#include <sys/socket.h>").size(), 1U);
  EXPECT_EQ(found("gateway/pipeline/a.cpp", "#include \"base/clock.h\"").size(), 1U);
  EXPECT_EQ(found("gateway/expression/a.cpp", "#include <thread>").size(), 1U);
  EXPECT_EQ(found("gateway/expression/a.cpp", "#include \"pipeline/mapping.h\"").size(), 1U);
  EXPECT_EQ(found("gateway/times/a.cpp", "#include <mutex>").size(), 1U);
  EXPECT_THAT(found("gateway/pipeline/a.cpp", "#include <vector>"), IsEmpty());
  const SourceFile source{"gateway/pipeline/a.cpp",
                          "// std::thread\nauto t = std::chrono::system_clock::now();\n"};
  EXPECT_THAT(callViolations(source),
              ElementsAre("gateway/pipeline/a.cpp:2: _clock::now( is used; the pipeline has no "
                          "threads and no clock, adapters have no threads and the steady clock "
                          "alone: ask the Host, or take the time as an argument"));
}

TEST(IncludeRules, LeaveAdaptersTheSteadyClockAlone) {
  const auto reads = [](std::string path, const std::string& clock) {
    return callViolations({std::move(path), "auto t = std::chrono::" + clock + "::now();\n"});
  };
  EXPECT_THAT(reads("plugins/webhook/a.cpp", "steady_clock"), IsEmpty());
  EXPECT_EQ(reads("plugins/webhook/a.cpp", "system_clock").size(), 1U);
  EXPECT_EQ(reads("gateway/pipeline/a.cpp", "steady_clock").size(), 1U);
}

TEST(IncludeRules, KeepLocksProvableAndThreadsNamed) {
  const SourceFile bad{
      "gateway/intake/a.cpp",
      "// std::mutex\nstd::mutex a;\nstd::jthread kept;\nstd::vector<std::jthread> "
      "all;\nauto t = std::jthread([] {});\nstd::jthread u{[] {}};\nconst "
      "std::lock_guard lock(a);\npthread_sigmask(0);\nstd::thread::id who;\n"};
  EXPECT_THAT(threadViolations(bad),
              ElementsAre("gateway/intake/a.cpp:2: std::mutex is used; base/mutex.h has locks that "
                          "clang proves",
                          "gateway/intake/a.cpp:5: std::jthread is made; base::startThread starts "
                          "threads, each under its name",
                          "gateway/intake/a.cpp:6: std::jthread is made; base::startThread starts "
                          "threads, each under its name",
                          "gateway/intake/a.cpp:7: std::lock_guard is used; base/mutex.h has locks "
                          "that clang proves",
                          "gateway/intake/a.cpp:9: std::thread is used; base::startThread starts "
                          "threads, each under its name"));
  EXPECT_THAT(threadViolations({"gateway/base/a.cpp", bad.text}), IsEmpty());
  EXPECT_THAT(threadViolations({"plugins/kit/a.h", "std::mutex a;\n"}),
              ElementsAre("plugins/kit/a.h:1: std::mutex is used; lianqiao/mutex.h has locks that "
                          "clang proves"));
}

TEST(IncludeRules, RefuseAFolderThatIsNotInTheTable) {
  EXPECT_EQ(found("gateway/misc/a.cpp", "#include \"base/clock.h\"").size(), 1U);
}

}  // namespace
}  // namespace lianqiao::lint
