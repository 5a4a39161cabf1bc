# The action's image: the program, a PostgreSQL server for the rehearsal, and what these two need. No shell stands
# between the action's inputs and the program; /bin/sh is there because initdb starts postgres through it.
FROM debian:trixie-slim AS build
WORKDIR /src
COPY scripts/install-deps scripts/mirror scripts/
COPY cmake/libpg_query.accepted cmake/
RUN scripts/install-deps --program
COPY . .
RUN cmake --preset release -DSCHEMAGATE_TESTS=OFF && \
    cmake --build --preset release --target schemagate && \
    scripts/image-root build/release/schemagate /image

FROM scratch
LABEL org.opencontainers.image.title="schemagate" \
      org.opencontainers.image.description="Judges pull requests that change a PostgreSQL schema" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /image /
ENV PATH=/usr/local/bin:/usr/bin LANG=C.UTF-8
ENTRYPOINT ["/usr/local/bin/schemagate"]
