using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class RemovedAndChanged : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_services_asset_id_name",
                table: "services");

            migrationBuilder.DropIndex(
                name: "IX_plants_tenant_id_name",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_plants_tunnel_address",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_plants_virtual_prefix",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_assets_plant_id_name",
                table: "assets");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "archived_at",
                table: "services",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "services",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "archived_at",
                table: "plants",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "plants",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "archived_at",
                table: "assets",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "version",
                table: "assets",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "IX_services_asset_id_name",
                table: "services",
                columns: new[] { "asset_id", "name" },
                unique: true,
                filter: "archived_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_plants_tenant_id_name",
                table: "plants",
                columns: new[] { "tenant_id", "name" },
                unique: true,
                filter: "archived_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_plants_tunnel_address",
                table: "plants",
                column: "tunnel_address",
                unique: true,
                filter: "archived_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_plants_virtual_prefix",
                table: "plants",
                column: "virtual_prefix",
                unique: true,
                filter: "archived_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_assets_plant_id_name",
                table: "assets",
                columns: new[] { "plant_id", "name" },
                unique: true,
                filter: "archived_at is null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_services_asset_id_name",
                table: "services");

            migrationBuilder.DropIndex(
                name: "IX_plants_tenant_id_name",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_plants_tunnel_address",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_plants_virtual_prefix",
                table: "plants");

            migrationBuilder.DropIndex(
                name: "IX_assets_plant_id_name",
                table: "assets");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "services");

            migrationBuilder.DropColumn(
                name: "version",
                table: "services");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "plants");

            migrationBuilder.DropColumn(
                name: "version",
                table: "plants");

            migrationBuilder.DropColumn(
                name: "archived_at",
                table: "assets");

            migrationBuilder.DropColumn(
                name: "version",
                table: "assets");

            migrationBuilder.CreateIndex(
                name: "IX_services_asset_id_name",
                table: "services",
                columns: new[] { "asset_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_plants_tenant_id_name",
                table: "plants",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_plants_tunnel_address",
                table: "plants",
                column: "tunnel_address",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_plants_virtual_prefix",
                table: "plants",
                column: "virtual_prefix",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_assets_plant_id_name",
                table: "assets",
                columns: new[] { "plant_id", "name" },
                unique: true);
        }
    }
}
