# The server as an image: docker build -t millrace . && docker run --init -p 127.0.0.1:7400:7400 -v millrace:/data millrace
# It listens on all of the container's addresses, so it wants authentication set up; see `millrace server --help`.

FROM node:24-slim AS build
WORKDIR /source
COPY . .
RUN bin/pack

FROM node:24-slim AS install
WORKDIR /opt/millrace
COPY --from=build /source/dist/*.tgz /tmp/
# onnxruntime-node's install script would fetch CUDA; its CPU library is in the package, for every platform.
RUN ONNXRUNTIME_NODE_INSTALL=skip npm install --no-fund --no-audit --omit=dev /tmp/millrace-*.tgz \
 && cd node_modules/onnxruntime-node/bin/napi-v6 \
 && find . -mindepth 2 -maxdepth 2 -type d ! -path "./linux/$(node -p process.arch)" -exec rm -r {} +

FROM node:24-slim
COPY --from=install /opt/millrace /opt/millrace
RUN ln -s /opt/millrace/node_modules/.bin/millrace /usr/local/bin/millrace \
 && install -d -o node -g node /data
USER node
WORKDIR /data
VOLUME /data
ENV NODE_ENV=production
EXPOSE 7400 7401 7402
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7400/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["millrace"]
CMD ["server", "--host", "0.0.0.0", "--data-dir", "/data"]
