# Builds the one executable and puts it, alone, into a distroless image: no shell, no package manager, not root.
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

# glibc is all that the executable needs.
FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /src/dist/sluice /usr/local/bin/sluice
ENV NODE_ENV=production \
    BUN_CONFIG_MAX_HTTP_REQUESTS=65535 \
    MIMALLOC_PURGE_DELAY=10000
# Nothing is written to disk: a read-only root filesystem works.
USER nonroot
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/usr/local/bin/sluice", "health"]
ENTRYPOINT ["/usr/local/bin/sluice"]
CMD ["serve"]
