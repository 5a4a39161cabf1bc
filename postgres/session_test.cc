// SPDX-License-Identifier: MIT
#include "postgres/session.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

namespace schemagate::postgres {

TEST_CASE("passwords are taken out of URLs and key=value pairs") {
  CHECK(redact("connect to postgresql://app:hush@db.example/crm failed") ==
        "connect to postgresql://app:***@db.example/crm failed");
  CHECK(redact("host=db password=hush user=app") == "host=db password=*** user=app");
  CHECK(redact("host=db password = 'hu sh' user=app") == "host=db password = *** user=app");
  CHECK(redact("postgresql://db/crm?user=app&password=hush&sslmode=require") ==
        "postgresql://db/crm?user=app&password=***&sslmode=require");
  CHECK(redact("nothing to hide: a@b") == "nothing to hide: a@b");
}

TEST_CASE("messages may be as long as they like, and have many URLs and pairs") {
  const std::string longest(2'000'000, 'x');
  for (const std::string& text :
       {longest, "a://" + longest, "a://b:" + longest, "password=" + longest, "\"" + longest})
    CHECK(redact(text, "postgresql://app:hush@db/crm").size() <= text.size());
  std::string many;
  for (int i = 0; i < 200000; ++i) many += i % 3 == 0 ? "a://b:" : i % 3 == 1 ? "password" : "= @";
  CHECK(redact(many).size() < many.size());
  CHECK(redact("a://b:" + longest + "@c") == "a://b:***@c");
  CHECK(redact("PassWord =  " + longest + " b") == "PassWord =  *** b");
  CHECK(without_pieces("missing \"" + longest + "\" in", longest) == "missing \"***\" in");
  CHECK(server_of("host=" + longest) == longest);
  CHECK(redact("x://a:b@c y z://d:e@f://g:h@i 1://k:l@m") == "x://a:***@c y z://d:***@i 1://k:l@m");
  CHECK(redact("password= password=a&password='b' passwords=c") ==
        "password= ***&password=*** passwords=c");
}

TEST_CASE("the password of the connection is taken out wherever it stands, also decoded") {
  CHECK(redact("invalid token near \"p@ss:w\"", "postgresql://app:p%40ss%3Aw@db/crm") ==
        "invalid token near \"***\"");
  CHECK(redact("invalid port number: \"s/ecret@db\"", "postgresql://app:x:s/ecret@db/crm") ==
        "invalid port number: \"s/***@db\"");
  CHECK(redact("what about hush?", "host=db password='hush'") == "what about ***?");
}

TEST_CASE("a connection that can't be made is a value without the password") {
  const auto opened = Session::open("postgresql://app:hush@127.0.0.1:1/crm?connect_timeout=2");
  REQUIRE(std::holds_alternative<SqlError>(opened));
  const SqlError& error = std::get<SqlError>(opened);
  CHECK(error.message.find("refused") != std::string::npos);
  CHECK(error.message.find("hush") == std::string::npos);
  CHECK(error.sqlstate.empty());
}

TEST_CASE("a malformed connection string is a value without the password") {
  for (const char* conninfo : {"postgresql://app:hush@db:port:x/crm", "password=hush nonsense",
                               "postgresql://app:hu/sh@db/crm", "postgresql://[app:hush@db"}) {
    const auto opened = Session::open(conninfo);
    REQUIRE(std::holds_alternative<SqlError>(opened));
    INFO(std::get<SqlError>(opened).message);
    CHECK(std::get<SqlError>(opened).message.find("hush") == std::string::npos);
    CHECK(std::get<SqlError>(opened).message.find("sh@") == std::string::npos);
  }
}

TEST_CASE("what is no connection string at all is not quoted: it may be another secret") {
  for (const char* text :
       {"hunter2", "hunter2 and=more", "host=/tmp port=1 hunter2", "hunter2=x",
        "postgresql://u@127.0.0.1:1/x?hunter2", "postgresql://u@h/x?a=hunter2",
        "mysql://u:hunter2@h/x", "postgresql://u@h:hunter2/x", "port=hunter2 host=127.0.0.1",
        "postgresql://u@h:%68unter2/x", "postgresql://[hunter2"}) {
    const auto opened = Session::open(text);
    REQUIRE(std::holds_alternative<SqlError>(opened));
    INFO(text << ": " << std::get<SqlError>(opened).message);
    CHECK(std::get<SqlError>(opened).message.find("hunter2") == std::string::npos);
    CHECK_FALSE(std::get<SqlError>(opened).message.empty());
  }
}

TEST_CASE("a server is named without user and password") {
  CHECK(server_of("postgresql://app:hush@db.example:5433/crm?x=y") == "db.example:5433");
  CHECK(server_of("postgresql://db.example") == "db.example");
  CHECK(server_of("host=db port=5433 password=hush") == "db:5433");
  CHECK(server_of("postgresql:///crm?host=/run/postgresql") == "local socket");
  CHECK(server_of("dbname=crm") == "local socket");
}

TEST_CASE("a connection says who we are and does not wait for ever") {
  unsetenv("SSL_CERT_FILE");
  CHECK(with_defaults("postgresql://db/crm") ==
        "postgresql://db/crm?application_name=schemagate&connect_timeout=10");
  CHECK(with_defaults("postgresql://db/crm?connect_timeout=3") ==
        "postgresql://db/crm?connect_timeout=3&application_name=schemagate");
  CHECK(with_defaults("host=db") == "host=db application_name='schemagate' connect_timeout='10'");
}

TEST_CASE("one setting names the certificates for every connection") {
  setenv("SSL_CERT_FILE", "/etc/ssl/our ca.pem", 1);
  CHECK(with_defaults("postgresql://db/crm?sslmode=verify-full") ==
        "postgresql://db/crm?sslmode=verify-full&application_name=schemagate&connect_timeout=10&"
        "sslrootcert=/etc/ssl/our%20ca.pem");
  CHECK(with_defaults("host=db sslmode=verify-ca").ends_with("sslrootcert='/etc/ssl/our ca.pem'"));
  CHECK(with_defaults("postgresql://db/crm").find("sslrootcert") == std::string::npos);
  unsetenv("SSL_CERT_FILE");
}

}  // namespace schemagate::postgres
