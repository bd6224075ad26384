# The server, without the embedded database: a container is told its own by DATABASE_URL.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# nothing here needs an install script; the compiler does come as an optional package
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && rm dist/.tsbuildinfo

# apart from the build: a change of the code leaves these layers as they are
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
# all of it belongs to root, and the server writes nothing here
COPY --from=modules /app/node_modules node_modules
COPY package.json schema.graphql ./
COPY migrations migrations
# whoever checked the files out may have a umask that keeps them from other users
RUN chmod -R a+rX package.json schema.graphql migrations
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
# Not /readyz: whoever acts on this starts the container anew, which brings no database back. The first answer says
# more: the server listens only once it has found a database whose schema fits.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# node itself, for npm would not pass SIGTERM on
CMD ["node", "dist/main.js"]
